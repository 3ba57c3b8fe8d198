/**
 * The pool of connections to one server. It opens at most `max` connections, serves callers in the order of their calls, and
 * leases only connections that are reset, younger than their maximum lifetime and, as far as the pool can tell, alive. Must
 * not know Bolt, sessions or routing: it sees {@link Poolable} alone.
 *
 * Every connection is in exactly one queue (idle, leased, resetting, checking), and an attempt to connect counts against the
 * limit from its start, so all counts are lengths of queues. A caller that can't be served at once waits in a single queue;
 * a connection from any source (a release, a reset, a liveness check, an attempt to connect) goes to the first waiter.
 */

import type { Log } from '../diagnostics/log.ts'
import type { AcquireReason, CloseReason, DriverIdentity, PoolView } from '../diagnostics/messages.ts'
import { type AcquireObserver, silentAcquire } from '../diagnostics/observer.ts'
import type { PoolMetrics } from '../diagnostics/pool-metrics.ts'
import { PoolObserver } from '../diagnostics/pool-observer.ts'
import { ConnectionPoolError, DriverError } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import type { Address } from '../values/address.ts'
import { acquisitionTimeout, slowAdmission } from './exhaustion.ts'
import type { Opening, Poolable } from './poolable.ts'
import { Queue } from './queue.ts'
import { Slot } from './slot.ts'
import { Waiter } from './waiter.ts'

/** The settings that all pools of a driver share. `Want` is what a caller requires of a connection: opaque to the pool. */
export interface PoolSettings<C extends Poolable, Want = unknown> {
  /** The maximum number of connections, including those being opened. */
  readonly max: number
  /** The age in ms at which a connection is closed instead of leased again; `Infinity`: no limit. */
  readonly maxLifetime: number
  /** A connection that was idle for at least so many ms is probed before it is leased; undefined: no probes. */
  readonly livenessCheckTimeout: number | undefined
  /** How many ms a released connection may take to answer RESET. */
  readonly resetTimeout: number
  /** How many ms {@link Pool.close} waits for connections to close before it destroys them. */
  readonly goodbyeTimeout: number
  /** How many ms a caller waits for the answer to a probe before the pool opens a new connection. */
  readonly livenessProbeTimeout: number
  readonly log: Log
  /** The driver of the pool, for subscribers of the diagnostics channels. */
  readonly driver: DriverIdentity
  /**
   * Prepares a connection for a caller within `timeout` ms, for example by logging it in. `false`: the pool closes the
   * connection and acquires another one. Throws to fail the acquisition. Default: no preparation.
   */
  readonly admit?: ((connection: C, want: Want | undefined, timeout: number) => boolean | Promise<boolean>) | undefined
  /** Called after a connection is removed from the pool. */
  readonly onGone?: ((connection: C) => void) | undefined
  /** Whether to record the call that acquired each connection. Default: true when `BOLTLINE_DEBUG` is 1. */
  readonly traceLeaks?: boolean | undefined
}

/** Settings of one {@link Pool}. */
export interface PoolOptions<C extends Poolable, Want = unknown> extends PoolSettings<C, Want> {
  readonly address: Address
  /**
   * Opens a connection, logged in, or rejects by the deadline. `signal` aborts when no caller needs the connection any more.
   */
  readonly connect: (
    deadline: Deadline,
    signal: AbortSignal,
    want: Want | undefined,
    observer?: AcquireObserver,
    opening?: Opening,
  ) => Promise<C>
}

/** How many ms past its caller's deadline an attempt to connect may reject with its own, more specific error. */
const LAST_WORD_MS = 100

/** The connections to one server. */
export class Pool<C extends Poolable, Want = unknown> {
  readonly address: Address
  readonly #max: number
  readonly #maxLifetime: number
  readonly #livenessCheckTimeout: number | undefined
  readonly #resetTimeout: number
  readonly #goodbyeTimeout: number
  readonly #livenessProbeTimeout: number
  readonly #connect: PoolOptions<C, Want>['connect']
  readonly #admit: PoolSettings<C, Want>['admit']
  readonly #onGone: PoolSettings<C, Want>['onGone']
  readonly #log: Log
  /** What subscribers see of this pool. */
  readonly #view: PoolView
  readonly #observer: PoolObserver
  readonly #traceLeaks: boolean

  readonly #slots = new Map<C, Slot<C>>()
  /** Last in, first out: connections that are not needed stay unused and reach their maximum lifetime. */
  readonly #idle = new Queue<Slot<C>>()
  /** In the order of acquisition: the first is the oldest lease. */
  readonly #leased = new Queue<Slot<C>>()
  readonly #resetting = new Queue<Slot<C>>()
  readonly #checking = new Queue<Slot<C>>()
  readonly #connecting = new Set<AbortController>()
  readonly #waiting = new Queue<Waiter<C, Want>>()
  /** Connections that are being closed: GOODBYE is sent, the socket not yet closed. */
  readonly #leaving = new Set<Promise<void>>()
  /** Aborts when the pool is closed, which rejects callers whose connection is being prepared. */
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined

  #created = 0
  #closedCount = 0
  #failed = 0
  #timedOut = 0
  #totalAcquisitionTimeMs = 0

  constructor(options: PoolOptions<C, Want>) {
    this.address = options.address
    this.#max = options.max
    this.#maxLifetime = options.maxLifetime
    this.#livenessCheckTimeout = options.livenessCheckTimeout
    this.#resetTimeout = options.resetTimeout
    this.#goodbyeTimeout = options.goodbyeTimeout
    this.#livenessProbeTimeout = options.livenessProbeTimeout
    this.#connect = options.connect
    this.#admit = options.admit
    this.#onGone = options.onGone
    this.#log = options.log
    this.#view = Object.freeze({ address: this.address.toString(), metrics: () => this.metrics() })
    this.#observer = new PoolObserver(options.driver, this.#view)
    this.#traceLeaks = options.traceLeaks ?? process.env['BOLTLINE_DEBUG'] === '1'
  }

  /** The number of leased connections and waiting callers: the load that this pool puts on its server. */
  get demand(): number {
    return this.#leased.size + this.#waiting.size
  }

  /** The number of connections that count against the limit: open or being opened. */
  get size(): number {
    return this.#slots.size + this.#connecting.size
  }

  /** Whether the pool has no connection, no attempt to connect and no waiting caller. */
  get empty(): boolean {
    return this.size === 0 && this.#waiting.size === 0
  }

  /**
   * Leases an idle connection; undefined when there is none that needs no check: then call {@link acquire}. Returns a promise
   * when `admit` is asynchronous; it settles within `timeout` ms.
   *
   * @throws the error of `admit`
   */
  tryAcquire(
    want?: Want,
    timeout = Number.POSITIVE_INFINITY,
    signal?: Abortable,
  ): C | Promise<C | undefined> | undefined {
    if (this.#waiting.size !== 0) return undefined
    const now = clock.now()
    const slot = this.#freshIdle(now)
    if (slot === undefined) return undefined
    this.#idle.remove(slot)
    this.#lease(slot, this.#traceLeaks ? new Error('acquired here') : undefined, now)
    return this.#admitted(slot.connection, want, timeout, signal)
  }

  /**
   * Leases a connection, which the caller gives back with {@link release}.
   *
   * @throws ConnectionAcquisitionTimeoutError at the deadline, which covers waiting, checking and connecting
   * @throws the error of `connect` or `admit`
   * @throws the reason of `signal` when it aborts
   */
  async acquire(
    deadline: Deadline,
    signal?: Abortable,
    want?: Want,
    observer: AcquireObserver = silentAcquire,
    opening?: Opening,
  ): Promise<C> {
    observer.entered(this.#view)
    const borrowed = this.#traceLeaks ? new Error('acquired here') : undefined
    for (;;) {
      signal?.throwIfAborted()
      const lent = await this.#wait(deadline, signal, want, borrowed, observer, opening)
      const connection = await this.#admitted(lent, want, deadline.remaining(), signal)
      if (connection !== undefined) return connection
    }
  }

  /** Waits in the queue for a connection, which is not prepared for the caller yet. */
  #wait(
    deadline: Deadline,
    signal: Abortable | undefined,
    want: Want | undefined,
    borrowed: Error | undefined,
    observer: AcquireObserver,
    opening: Opening | undefined,
  ): Promise<C> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => {
      const waiter = new Waiter<C, Want>({ resolve, reject }, deadline, signal, want, borrowed, observer, opening)
      this.#waiting.push(waiter)
      waiter.watch(
        () => this.#timeOut(waiter),
        (reason) => this.#dismiss(waiter, reason),
      )
      this.#serve()
      if (waiter.queue !== null && waiter.attempt === undefined && this.size < this.#max) {
        waiter.watchProbes(this.#patienceOf(waiter), () => this.#openInstead(waiter))
      }
      observer.waits(this.#reasonToWait(waiter))
    })
  }

  /**
   * Takes a connection back. A connection that is not clean is reset first; the promise settles after the reset and never
   * rejects.
   *
   * @throws ConnectionPoolError when the connection is not leased from this pool
   */
  release(connection: C): Promise<void> | undefined {
    const slot = this.#slots.get(connection)
    if (slot === undefined || slot.queue !== this.#leased) {
      throw new ConnectionPoolError(`A connection to ${this.address} was released that was not leased: released twice?`)
    }
    this.#leased.remove(slot)
    slot.borrowed = undefined
    this.#observer.released(slot)
    const now = clock.now()
    if (!this.#isKeepable(connection, now)) {
      this.#retire(slot, this.#whyNot(connection))
      this.#serve()
      return undefined
    }
    if (!connection.clean) return this.#reset(slot)
    this.#offer(slot, now)
    return undefined
  }

  /** Whether a caller has leased this connection, so that losing it fails the caller's work. */
  isLent(connection: C): boolean {
    return this.#slots.get(connection)?.queue === this.#leased
  }

  /** Closes the idle connections. Leased connections stay open. */
  closeIdle(): void {
    for (const slot of this.#idle) {
      this.#idle.remove(slot)
      this.#retire(slot, 'dropped')
    }
  }

  /** Publishes that the driver has discarded this pool. */
  removed(): void {
    this.#observer.removed()
  }

  /** Calls `fn` with every open connection, leased or not. */
  forEachConnection(fn: (connection: C) => void): void {
    for (const connection of [...this.#slots.keys()]) fn(connection)
  }

  /** Closes all connections, leased ones included, and rejects all callers, now and later. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  metrics(): PoolMetrics {
    return {
      address: this.address.toString(),
      max: this.#max,
      inUse: this.#leased.size + this.#resetting.size + this.#checking.size,
      idle: this.#idle.size,
      creating: this.#connecting.size,
      waiting: this.#waiting.size,
      created: this.#created,
      closed: this.#closedCount,
      failed: this.#failed,
      timedOut: this.#timedOut,
      totalAcquisitionTimeMs: this.#totalAcquisitionTimeMs,
    }
  }

  // --- serving callers ----------------------------------------------------------------------------------------------

  /** The idle connection to lease next, if it needs no check. Closes broken and too old connections at the end of the queue. */
  #freshIdle(now: number): Slot<C> | undefined {
    for (let slot = this.#idle.last; slot !== null; slot = this.#idle.last) {
      if (this.#isKeepable(slot.connection, now)) return this.#needsCheck(slot, now) ? undefined : slot
      this.#idle.remove(slot)
      this.#retire(slot, this.#whyNot(slot.connection))
    }
    return undefined
  }

  #isKeepable(connection: C, now: number): boolean {
    return connection.open && this.#closed === undefined && now - connection.createdAt < this.#maxLifetime
  }

  /** Why `#isKeepable` is false. */
  #whyNot(connection: C): CloseReason {
    if (this.#closed !== undefined) return 'shutdown'
    return connection.open ? 'lifetime' : 'broken'
  }

  #needsCheck(slot: Slot<C>, now: number): boolean {
    return this.#livenessCheckTimeout !== undefined && now - slot.since >= this.#livenessCheckTimeout
  }

  /** Serves waiting callers from the idle connections, then starts a probe or an attempt to connect for each of the others. */
  #serve(): void {
    for (let waiter = this.#waiting.first; waiter !== null; waiter = this.#waiting.first) {
      const now = clock.now()
      const fresh = this.#freshIdle(now)
      if (fresh === undefined) break
      this.#idle.remove(fresh)
      this.#handOver(fresh, waiter, now)
    }
    while (this.#onTheirWay < this.#waiting.size) {
      const idle = this.#idle.last
      if (idle !== null) this.#check(idle)
      else if (this.size < this.#max) this.#open()
      else break
    }
  }

  /** Opens a connection for a caller whose probe or reset takes too long, where the limit allows one more. */
  #openInstead(waiter: Waiter<C, Want>): void {
    if (waiter.queue !== null && waiter.attempt === undefined && this.size < this.#max) this.#openFor(waiter)
  }

  #reasonToWait(waiter: Waiter<C, Want>): AcquireReason {
    if (waiter.queue === null) return 'idle'
    if (waiter.attempt !== undefined) return 'opening'
    return this.#checking.size + this.#resetting.size > 0 ? 'checking' : 'exhausted'
  }

  /** The number of attempts, probes and resets: each will yield a connection, or room for one, without a release. */
  get #onTheirWay(): number {
    return this.#connecting.size + this.#checking.size + this.#resetting.size
  }

  /** Leases a usable connection to the first waiter, or makes it idle when there is none. */
  #offer(slot: Slot<C>, now = clock.now()): void {
    const waiter = this.#waiting.first
    if (waiter === null) {
      slot.since = now
      this.#idle.push(slot)
    } else {
      this.#handOver(slot, waiter, now)
    }
  }

  #handOver(slot: Slot<C>, waiter: Waiter<C, Want>, now: number): void {
    this.#waiting.remove(waiter)
    this.#totalAcquisitionTimeMs += now - waiter.since
    this.#lease(slot, waiter.borrowed, now)
    waiter.resolve(slot.connection)
  }

  #lease(slot: Slot<C>, borrowed: Error | undefined, now: number): void {
    slot.since = now
    slot.borrowed = borrowed
    this.#leased.push(slot)
    this.#observer.leased(slot)
  }

  // --- preparing connections ----------------------------------------------------------------------------------------

  /** The leased connection, prepared for the caller; undefined when `admit` refused it, so that it was closed. */
  #admitted(
    connection: C,
    want: Want | undefined,
    timeout: number,
    signal: Abortable | undefined,
  ): C | Promise<C | undefined> | undefined {
    if (this.#admit === undefined) return connection
    let fits: boolean | Promise<boolean>
    try {
      fits = this.#admit(connection, want, timeout)
    } catch (error) {
      this.release(connection)
      throw error
    }
    if (isThenable(fits)) return this.#admittedLater(connection, fits, timeout, signal)
    return fits ? connection : this.#reject(connection)
  }

  async #admittedLater(
    connection: C,
    admission: Promise<boolean>,
    timeout: number,
    signal: Abortable | undefined,
  ): Promise<C | undefined> {
    try {
      const onTimeout = (): Error => slowAdmission(this.address, timeout)
      const limit = { deadline: Deadline.in(timeout), onTimeout, closed: this.#closing.signal }
      const fits = await waitFor(admission, signal, limit)
      return fits ? connection : this.#reject(connection)
    } catch (error) {
      this.release(connection)
      throw error
    }
  }

  #reject(connection: C): undefined {
    const slot = this.#slots.get(connection)
    if (slot === undefined) return
    this.#leased.remove(slot)
    this.#retire(slot, 'credentials')
    this.#serve()
  }

  // --- waiters that leave -------------------------------------------------------------------------------------------

  #timeOut(waiter: Waiter<C, Want>): void {
    if (waiter.attempt !== undefined && !waiter.overdue) {
      // Its own attempt to connect has the same deadline and a more specific error.
      waiter.grant(LAST_WORD_MS, () => this.#timeOut(waiter))
      return
    }
    this.#timedOut += 1
    this.#observer.timedOut()
    const now = clock.now()
    const oldest = this.#leased.first
    this.#waiting.remove(waiter)
    const error = acquisitionTimeout(
      this.metrics(),
      waiter.deadline.allotted,
      oldest === null
        ? undefined
        : { forMs: now - oldest.since, borrowed: oldest.borrowed && (oldest.connection.leasedBy ?? oldest.borrowed) },
    )
    this.#abandon(waiter)
    waiter.reject(error)
  }

  #dismiss(waiter: Waiter<C, Want>, reason: unknown): void {
    this.#waiting.remove(waiter)
    this.#abandon(waiter)
    waiter.reject(reason)
  }

  /** Aborts the attempt to connect of a waiter that has left, unless another waiter needs the connection. */
  #abandon(waiter: Waiter<C, Want>): void {
    if (this.#onTheirWay > this.#waiting.size) waiter.attempt?.abort()
  }

  // --- opening and checking connections -----------------------------------------------------------------------------

  /** Starts an attempt to connect for the first waiter that has none; if the attempt fails, that waiter is rejected. */
  #open(): void {
    for (const waiter of this.#waiting) {
      if (waiter.attempt !== undefined) continue
      this.#openFor(waiter)
      return
    }
  }

  async #openFor(waiter: Waiter<C, Want>): Promise<void> {
    const attempt = new AbortController()
    waiter.attempt = attempt
    this.#connecting.add(attempt)
    let connection: C
    try {
      connection = await waiter.asCaller(() =>
        this.#connect(waiter.deadline, attempt.signal, waiter.want, waiter.observer, waiter.opening),
      )
    } catch (error) {
      this.#connecting.delete(attempt)
      waiter.attempt = undefined
      if (!attempt.signal.aborted) {
        this.#failed += 1
        this.#observer.failed()
        if (this.#log.enabled('debug')) this.#log.debug(`${this.address}: cannot connect: ${error}`)
      }
      // A caller that was served or has left meanwhile does not see the failure.
      if (waiter.queue !== null) this.#dismiss(waiter, error)
      this.#serve()
      return
    }
    this.#connecting.delete(attempt)
    waiter.attempt = undefined
    this.#created += 1
    const slot = new Slot(connection)
    this.#slots.set(connection, slot)
    connection.onClose = () => this.#ended(slot)
    this.#observer.created()
    if (this.#log.enabled('debug')) this.#log.debug(`${this.address}: connected (${this.#slots.size} of ${this.#max})`)
    if (connection.open && this.#closed === undefined) {
      this.#offer(slot)
    } else {
      this.#retire(slot, this.#whyNot(connection))
      this.#serve()
    }
    // An earlier waiter got the connection, and this one is already past its deadline.
    if (waiter.queue !== null && waiter.overdue) this.#timeOut(waiter)
  }

  /**
   * Probes a connection that has been idle for long, for the first waiter. When the probe fails, the next idle connection is
   * probed. When it gets no answer in time, a firewall has probably dropped all connections of that age: the pool closes
   * them all, so that the caller waits for one probe at most.
   */
  async #check(slot: Slot<C>): Promise<void> {
    this.#idle.remove(slot)
    this.#checking.push(slot)
    const limit = this.#patienceOf(this.#waiting.first)
    let silent = false
    const timer = clock.setTimeout(() => {
      silent = true
    }, limit)
    await this.#restore(slot, Deadline.in(limit), () => {
      clock.clearTimeout(timer)
      if (silent && !slot.connection.open) this.#dropAged(limit)
    })
  }

  /** How long a caller waits for a probe or a reset before the pool opens a new connection: at most half of its remaining time. */
  #patienceOf(waiter: Waiter<C, Want> | null): number {
    return Math.min(this.#livenessProbeTimeout, (waiter?.deadline.remaining() ?? Number.POSITIVE_INFINITY) / 2)
  }

  /** Closes the idle connections that would have to be probed. */
  #dropAged(limit: number): void {
    if (this.#log.enabled('debug')) {
      this.#log.debug(`${this.address}: an idle connection did not answer within ${limit} ms (livenessProbeTimeout)`)
    }
    const now = clock.now()
    for (const slot of this.#idle) {
      if (!this.#needsCheck(slot, now)) continue
      this.#idle.remove(slot)
      this.#retire(slot, 'dropped')
    }
  }

  #reset(slot: Slot<C>): Promise<void> {
    this.#resetting.push(slot)
    return this.#restore(slot, Deadline.in(this.#resetTimeout))
  }

  async #restore(slot: Slot<C>, deadline: Deadline, onAnswer?: () => void): Promise<void> {
    const place = slot.queue
    try {
      await slot.connection.reset(deadline)
    } catch (error) {
      if (this.#log.enabled('debug')) this.#log.debug(`${this.address}: dropping a connection: ${error}`)
      slot.connection.destroy()
    }
    place?.remove(slot)
    onAnswer?.()
    const now = clock.now()
    if (this.#isKeepable(slot.connection, now)) return this.#offer(slot, now)
    this.#retire(slot, slot.connection.open ? this.#whyNot(slot.connection) : 'unusable')
    this.#serve()
  }

  // --- closing connections ------------------------------------------------------------------------------------------

  /** Removes an idle connection that was lost. A connection in use is handled at its release. */
  #ended(slot: Slot<C>): void {
    if (slot.queue !== this.#idle) return
    if (this.#log.enabled('debug')) this.#log.debug(`${this.address}: an idle connection was closed by the server`)
    this.#idle.remove(slot)
    this.#forget(slot, 'broken')
  }

  #forget(slot: Slot<C>, reason: CloseReason): void {
    slot.connection.onClose = null
    this.#slots.delete(slot.connection)
    this.#closedCount += 1
    this.#observer.closed(slot, reason)
    this.#onGone?.(slot.connection)
  }

  /** Closes a connection that is in no queue; it no longer counts against the limit. */
  #retire(slot: Slot<C>, reason: CloseReason): void {
    this.#forget(slot, reason)
    if (slot.connection.open) this.#takeLeave(slot.connection)
    else slot.connection.destroy()
  }

  #takeLeave(connection: C): void {
    const leaving = (async () => {
      try {
        await connection.close()
      } catch (error) {
        if (this.#log.enabled('debug')) this.#log.debug(`${this.address}: a connection did not close well: ${error}`)
        connection.destroy()
      }
    })()
    this.#leaving.add(leaving)
    leaving.then(() => this.#leaving.delete(leaving))
  }

  async #shutDown(): Promise<void> {
    for (const waiter of this.#waiting) this.#dismiss(waiter, this.#closedError())
    this.#closing.abort(this.#closedError())
    for (const attempt of this.#connecting) attempt.abort()
    const connections = [...this.#slots.keys()]
    for (const slot of this.#idle) {
      this.#idle.remove(slot)
      this.#forget(slot, 'shutdown')
    }
    for (const connection of connections) this.#takeLeave(connection)
    const limit = clock.setTimeout(() => {
      for (const connection of connections) connection.destroy()
    }, this.#goodbyeTimeout)
    await Promise.all(this.#leaving)
    clock.clearTimeout(limit)
    this.removed()
  }

  #closedError(): Error {
    return new DriverError(`The driver has been closed: no connection to ${this.address} can be acquired.`)
  }
}
