/**
 * Detects a server that sends nothing while an answer is due. Three limits apply, each to the time since the last byte: the
 * caller's `responseTimeout`, the server's own hint, and `keepAliveInitialDelay`, after which the server's host is probed.
 *
 * The probe is a second TCP connection. The kernel's keep-alive probes find a dead link while nothing is in flight; as long as
 * written bytes are unacknowledged the kernel retransmits them instead, on Linux for a quarter of an hour.
 */

import { clock, type Timer } from '../time/clock.ts'

/** The connection as a {@link SilenceWatch} sees it. */
export interface Watched {
  /** Whether a request has no answer yet. */
  readonly answerDue: boolean
  /** Whether reading is paused: then the caller, not the server, causes the silence. */
  readonly readingPaused: boolean
  /** Whether the server's host still answers on another connection. */
  reachable(): Promise<boolean>
  /** Called once, when a limit is exceeded; `why` completes "the connection was lost:". */
  silent(why: string): void
}

export class SilenceWatch {
  /** In ms, from the server's hint `connection.recv_timeout_seconds`. */
  serverLimit = Number.POSITIVE_INFINITY
  /** In ms, from the setting `responseTimeout` of the driver, the session or the call. */
  responseTimeout = Number.POSITIVE_INFINITY
  readonly #watched: Watched
  readonly #probeAfter: number
  #lastActivity = 0
  #probedAt = 0
  #probing = false
  #stopped = false
  #timer: Timer | undefined
  #timerDue = 0

  /** @param probeAfter - ms of silence after which the server's host is probed; `Infinity`: never */
  constructor(watched: Watched, probeAfter: number) {
    this.#watched = watched
    this.#probeAfter = probeAfter
  }

  /** Called when a request was sent and no earlier one is unanswered. One timer serves many requests: it checks again when it fires. */
  requestSent(): void {
    const now = clock.now()
    this.#lastActivity = now
    this.#arm(now)
  }

  /** Called when bytes arrived, or when reading resumes. */
  activity(): void {
    this.#lastActivity = clock.now()
  }

  stop(): void {
    this.#stopped = true
    clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(now: number): void {
    const probe = this.#probing
      ? Number.POSITIVE_INFINITY
      : Math.max(this.#lastActivity, this.#probedAt) + this.#probeAfter
    const due = Math.min(this.#lastActivity + Math.min(this.serverLimit, this.responseTimeout), probe)
    if (due === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timerDue <= due)) return
    clock.clearTimeout(this.#timer)
    this.#timerDue = due
    this.#timer = clock.setTimeout(() => this.#look(), due - now)
  }

  #look(): void {
    this.#timer = undefined
    if (this.#stopped || !this.#watched.answerDue) return
    const now = clock.now()
    if (this.#watched.readingPaused) this.#lastActivity = now
    const silence = now - this.#lastActivity
    if (silence >= this.responseTimeout) {
      return this.#watched.silent(`the server sent nothing for ${this.responseTimeout} ms (responseTimeout)`)
    }
    if (silence >= this.serverLimit) {
      return this.#watched.silent(
        `the server sent nothing for ${this.serverLimit} ms, the limit that it announced (connection.recv_timeout_seconds)`,
      )
    }
    if (!this.#probing && now - Math.max(this.#lastActivity, this.#probedAt) >= this.#probeAfter) this.#probe()
    this.#arm(now)
  }

  async #probe(): Promise<void> {
    this.#probing = true
    const last = this.#lastActivity
    const reachable = await this.#watched.reachable()
    this.#probing = false
    if (this.#stopped) return
    const now = clock.now()
    this.#probedAt = now
    if (reachable || this.#lastActivity !== last || !this.#watched.answerDue) {
      if (this.#watched.answerDue) this.#arm(now)
      return
    }
    this.#watched.silent(
      `the server sent nothing for ${now - last} ms, and its host does not answer on another connection either (keepAliveInitialDelay)`,
    )
  }
}
