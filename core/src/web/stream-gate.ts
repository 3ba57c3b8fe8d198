/**
 * Results that are streamed to clients. Each holds a connection for as long as its client takes to read it, so a few slow
 * clients could hold them all. The gate lets so many streams through at a time, further ones wait in line, and a stream whose
 * reader asks for nothing is ended.
 */

import type { Driver } from '../driver/driver.ts'
import { nameErrorClass } from '../errors/brand.ts'
import { DriverError } from '../errors/index.ts'
import { duration, limit } from '../settings/options.ts'
import { settingsOf } from '../settings/settings-of.ts'
import { clock, type Timer } from '../time/clock.ts'
import { onAbort } from '../time/on-abort.ts'

/** Settings of streams. */
export interface StreamOptions {
  /**
   * For how many ms a stream may stand still: for so long its reader has asked for no record, as a rule because the client takes
   * nothing. Then its query is ended, its connection goes back to the pool, and the answer is cut off. `Infinity`: for ever.
   * Default: 60 000.
   */
  readonly streamIdleTimeout?: number | null | undefined
  /** How many streams there may be at a time. Default: half of the driver's `maxConnectionPoolSize`, at least 1. */
  readonly maxStreams?: number | null | undefined
  /**
   * For how many ms a further stream waits for another one to end, before it fails with {@link StreamLimitError}, which is answered
   * with 503 and `Retry-After`. Default: the driver's `connectionAcquisitionTimeout`.
   */
  readonly streamQueueTimeout?: number | null | undefined
}

/** The keys of {@link StreamOptions}, for packages that take them among options of their own. */
export const streamKeys = [
  'streamIdleTimeout',
  'maxStreams',
  'streamQueueTimeout',
] as const satisfies readonly (keyof StreamOptions)[]

/** A stream stood still: its reader asked for no record within `streamIdleTimeout`. Its query was ended. */
export class StreamIdleError extends DriverError {
  static {
    nameErrorClass(StreamIdleError, 'StreamIdleError')
  }
}

/** As many streams as `maxStreams` allows were open, and none ended within `streamQueueTimeout`. */
export class StreamLimitError extends DriverError {
  static {
    nameErrorClass(StreamLimitError, 'StreamLimitError')
  }
}

/** How one stream is begun and ended. */
export interface StreamSource<T> {
  /** Calls the stream off, also while it waits in line. The caller that aborts it also ends the query. */
  readonly signal?: AbortSignal | undefined
  /**
   * Has `over` called when the query is ended from outside, although its reader neither goes on nor leaves the loop: with its request,
   * for example. The function returned calls that off.
   */
  whenOver?(over: () => void): () => void
  /** Begins to read. When `idle` aborts, the query has to be ended at once and its connection given back. */
  open(idle: AbortSignal): AsyncIterable<T>
  /** Ends what was opened: called once, behind the last record, a failure, or a loop that was left. */
  close(): Promise<void>
  /** Cuts off the answer to a client that takes nothing. Called at once, with the query under way to its end. */
  cut(error: StreamIdleError): void
}

interface Waiting {
  readonly enter: () => void
}

/** A stream that the gate has let through. */
export interface StreamPass {
  /** Aborts with {@link StreamIdleError} when the reader asks for nothing. The query has to be ended at once then. */
  readonly idle: AbortSignal
  /** Says that the reader has got a record. */
  given(): void
  /**
   * Says that the reader asks for another one.
   * @throws StreamIdleError when the stream was cut off meanwhile
   */
  asked(): void
  /** Says that the stream has ended. May be called again. */
  leave(): void
}

/** Lets streams of one application through, so many at a time. */
export class StreamGate {
  readonly max: number
  readonly #idleTimeout: number
  readonly #queueTimeout: number
  readonly #line = new Set<Waiting>()
  #open = 0

  /** @throws ConfigurationError for wrong settings */
  constructor(driver: Driver, options: { readonly [Key in keyof StreamOptions]?: unknown } = {}) {
    const settings = settingsOf(driver)
    const half = Math.max(1, Math.floor((settings?.maxConnectionPoolSize ?? 100) / 2))
    this.max = limit('maxStreams', options.maxStreams, half)
    this.#idleTimeout = duration('streamIdleTimeout', options.streamIdleTimeout, 60_000)
    this.#queueTimeout = duration(
      'streamQueueTimeout',
      options.streamQueueTimeout,
      settings?.connectionAcquisitionTimeout ?? 60_000,
    )
  }

  /** For how many ms a reader may ask for nothing. */
  get idleTimeout(): number {
    return this.#idleTimeout
  }

  /** How many streams are open. */
  get open(): number {
    return this.#open
  }

  /** How many streams wait in line. */
  get waiting(): number {
    return this.#line.size
  }

  /**
   * Reads a stream, once it is its turn. `begin` is called with the first record that is asked for.
   * @throws StreamLimitError (as a rejection) when no stream ends in time
   * @throws StreamIdleError (as a rejection) when the reader goes on after it was cut off
   */
  async *read<T>(begin: () => StreamSource<T>): AsyncGenerator<T, void, undefined> {
    const source = begin()
    const { signal } = source
    const pass = await this.admit(signal, (error) => source.cut(error))
    // A reader that never comes back must not keep its place.
    const stops = [source.whenOver?.(pass.leave), signal && onAbort(signal, pass.leave)]
    try {
      for await (const record of source.open(pass.idle)) {
        pass.given()
        yield record
        pass.asked()
      }
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason
      throw error
    } finally {
      for (const stop of stops) stop?.()
      try {
        await source.close()
      } finally {
        pass.leave()
      }
    }
  }

  /**
   * Lets a stream through, once it is its turn.
   * @param cut - cuts off the answer to a client that takes nothing
   * @throws StreamLimitError (as a rejection) when no stream ends in time
   */
  admit(signal: AbortSignal | undefined, cut: (error: StreamIdleError) => void): Promise<StreamPass> {
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    const inLine = this.#enter(signal)
    return inLine === undefined ? Promise.resolve(this.#pass(cut)) : inLine.then(() => this.#pass(cut))
  }

  #pass(cut: (error: StreamIdleError) => void): StreamPass {
    const leave = this.#leaveOnce()
    const watch = new IdleWatch(this.#idleTimeout, (error) => {
      leave()
      cut(error)
    })
    return {
      idle: watch.signal,
      given: () => watch.begin(),
      asked: () => watch.end(),
      leave: () => {
        watch.stop()
        leave()
      },
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#open < this.max) {
      this.#open++
      return undefined
    }
    return this.#waitInLine(signal)
  }

  #waitInLine(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let stopListening = (): void => undefined
      const leaveLine = (): void => {
        this.#line.delete(waiting)
        clock.clearTimeout(timer)
        stopListening()
      }
      const waiting: Waiting = {
        enter: () => {
          leaveLine()
          resolve()
        },
      }
      const timer = clock.setTimeout(() => {
        leaveLine()
        reject(this.#full())
      }, this.#queueTimeout)
      this.#line.add(waiting)
      if (signal === undefined) return
      stopListening = onAbort(signal, () => {
        leaveLine()
        reject(signal.reason)
      })
    })
  }

  /** Gives the place of a stream to the next one, the first time it is called. */
  #leaveOnce(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const [next] = this.#line
      if (next === undefined) this.#open--
      else next.enter()
    }
  }

  #full(): StreamLimitError {
    return new StreamLimitError(
      `${this.#open} of at most ${this.max} streams were open, and none ended within ${this.#queueTimeout} ms; raise maxStreams or streamQueueTimeout, or stream less`,
    )
  }
}

/** Watches whether a reader comes back for another record. One timer looks again and again; none is set for each record. */
class IdleWatch {
  readonly #limit: number
  readonly #cut: (error: StreamIdleError) => void
  readonly #idle = new AbortController()
  /** When the reader got the last record; null while it waits for one. */
  #since: number | null = null
  #timer: Timer | undefined

  constructor(limit: number, cut: (error: StreamIdleError) => void) {
    this.#limit = limit
    this.#cut = cut
    if (limit !== Number.POSITIVE_INFINITY) this.#lookIn(limit)
  }

  get signal(): AbortSignal {
    return this.#idle.signal
  }

  begin(): void {
    this.#since = clock.now()
  }

  /** @throws StreamIdleError when the stream was cut off meanwhile */
  end(): void {
    this.#since = null
    this.#idle.signal.throwIfAborted()
  }

  stop(): void {
    clock.clearTimeout(this.#timer)
  }

  #lookIn(ms: number): void {
    this.#timer = clock.setTimeout(() => this.#look(), ms)
  }

  #look(): void {
    const stood = this.#since === null ? 0 : clock.now() - this.#since
    if (stood < this.#limit) return this.#lookIn(this.#limit - stood)
    const error = new StreamIdleError(
      `A stream stood still for ${this.#limit} ms (streamIdleTimeout), because its reader asked for no record; its query was ended`,
    )
    this.#idle.abort(error)
    this.#cut(error)
  }
}
