/**
 * Limits the results that are streamed to clients. Each stream holds a connection while its client reads, so a few slow clients
 * could hold all connections. The gate bounds the number of open streams, queues further ones, and closes streams whose reader
 * is idle.
 */

import type { Driver } from '../driver/driver.ts'
import { nameErrorClass } from '../errors/error-class.ts'
import { DriverError } from '../errors/index.ts'
import { duration, limit } from '../settings/checks.ts'
import { settingsOf } from '../settings/settings-of.ts'
import { clock, type Timer } from '../time/clock.ts'
import { onAbort } from '../time/on-abort.ts'

/** Settings of streams. */
export interface StreamOptions {
  /**
   * Idle timeout of a stream, in ms: how long its reader may request no record, usually because the client does not read. Then
   * the query is ended, the connection is released, and the client's connection is closed. `Infinity`: no limit.
   * Default: 60 000.
   */
  readonly streamIdleTimeout?: number | null | undefined
  /** Maximum number of open streams. Default: half of the driver's `maxConnectionPoolSize`, at least 1. */
  readonly maxStreams?: number | null | undefined
  /**
   * How long a stream waits in the queue for another one to end, in ms, before it fails with {@link StreamLimitError}, which is
   * answered with 503 and `Retry-After`. Default: the driver's `connectionAcquisitionTimeout`.
   */
  readonly streamQueueTimeout?: number | null | undefined
}

/** The keys of {@link StreamOptions}, for packages that include them in their own options. */
export const streamKeys = [
  'streamIdleTimeout',
  'maxStreams',
  'streamQueueTimeout',
] as const satisfies readonly (keyof StreamOptions)[]

/** A stream's reader requested no record within `streamIdleTimeout`, so its query was ended. */
export class StreamIdleError extends DriverError {
  static {
    nameErrorClass(StreamIdleError, 'StreamIdleError')
  }
}

/** `maxStreams` streams were open and none ended within `streamQueueTimeout`. */
export class StreamLimitError extends DriverError {
  static {
    nameErrorClass(StreamLimitError, 'StreamLimitError')
  }
}

/** The callbacks that open and close one stream. */
export interface StreamSource<T> {
  /** Aborts the stream, also while it is queued. The code that aborts the signal also ends the query. */
  readonly signal?: AbortSignal | undefined
  /**
   * Registers `over`, to be called when the query ends while its reader neither continues nor leaves the loop, for example
   * because the request ended. Returns a function that unregisters it.
   */
  whenOver?(over: () => void): () => void
  /** Starts the query. When `idle` aborts, the source must end the query and release its connection. */
  open(idle: AbortSignal): AsyncIterable<T>
  /** Releases what `open` acquired. Called once: after the last record, after a failure, or when the reader leaves the loop. */
  close(): Promise<void>
  /** Closes the connection to a client that does not read. Called immediately, before the query has ended. */
  cut(error: StreamIdleError): void
}

interface Waiting {
  readonly enter: () => void
}

/** The slot of an open stream. */
export interface StreamPass {
  /** Aborted with {@link StreamIdleError} when the reader is idle. The holder of the slot must then end the query. */
  readonly idle: AbortSignal
  /** Reports that the reader received a record, which starts the idle time. */
  given(): void
  /**
   * Reports that the reader requests another record, which ends the idle time.
   * @throws StreamIdleError if the stream was closed in the meantime
   */
  asked(): void
  /** Frees the slot. Further calls do nothing. */
  leave(): void
}

/** Bounds the number of open streams of one application. */
export class StreamGate {
  readonly max: number
  readonly #idleTimeout: number
  readonly #queueTimeout: number
  readonly #line = new Set<Waiting>()
  #open = 0

  /** @throws ConfigurationError if a setting is invalid */
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

  /** Idle timeout of a stream, in ms. */
  get idleTimeout(): number {
    return this.#idleTimeout
  }

  /** Number of open streams. */
  get open(): number {
    return this.#open
  }

  /** Number of queued streams. */
  get waiting(): number {
    return this.#line.size
  }

  /**
   * Waits for a slot and reads the stream. `begin` is called when the reader requests the first record.
   * @throws StreamLimitError (as a rejection) if no slot becomes free in time
   * @throws StreamIdleError (as a rejection) if the reader continues after the stream was closed as idle
   */
  async *read<T>(begin: () => StreamSource<T>): AsyncGenerator<T, void, undefined> {
    const source = begin()
    const { signal } = source
    const pass = await this.admit(signal, (error) => source.cut(error))
    // Frees the slot when the request ends or aborts, even if the reader never continues.
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
   * Waits for a slot.
   * @param cut - closes the connection to a client that does not read
   * @throws StreamLimitError (as a rejection) if no slot becomes free in time
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

  /** Returns a function that passes the slot to the next queued stream on its first call. */
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

/** Detects an idle reader. One timer re-arms itself, so that no timer is set per record. */
class IdleWatch {
  readonly #limit: number
  readonly #cut: (error: StreamIdleError) => void
  readonly #idle = new AbortController()
  /** When the reader received the last record; null while it waits for the next. */
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

  /** @throws StreamIdleError if the stream was closed in the meantime */
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
