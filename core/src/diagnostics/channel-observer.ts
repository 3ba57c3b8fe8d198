/** Publishes on the diagnostics channels what the driver does. */

import { AsyncResource } from 'node:async_hooks'

import type { Address } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import {
  acquireWatched,
  begin,
  channels,
  connectWatched,
  enter,
  fail,
  failQuery,
  finish,
  publishRetry,
  routingWatched,
  trace,
  watched,
} from './channels.ts'
import {
  AcquireMessage,
  type AcquireReason,
  type Around,
  AttemptMessage,
  ConnectMessage,
  type DriverIdentity,
  noteSummary,
  type OperationKind,
  OperationMessage,
  type PoolView,
  PullMessage,
  QueryMessage,
  RoutingMessage,
  type RoutingTableFigures,
  TransactionMessage,
  type TransactionOutcome,
  type TransactionParent,
} from './messages.ts'
import {
  type AcquireObserver,
  type CallObserver,
  type ConnectObserver,
  type OperationObserver,
  type Peered,
  type QueryObserver,
  type RequestObserver,
  type RoutingObserver,
  type SentSettings,
  silent,
  silentConnect,
} from './observer.ts'

/** The observer of a public call: silent unless a channel has subscribers. */
export function observeOperation(
  driver: DriverIdentity,
  kind: OperationKind,
  mode: AccessMode,
  database: string | null,
  impersonated: boolean,
  text?: string,
  parameters?: object,
): OperationObserver {
  if (!watched()) return silent
  return new ChannelOperation(new OperationMessage(driver, { kind, mode, database, impersonated, text, parameters }))
}

/** The observer of a round trip that no call of the API has asked for, such as that of `verifyConnectivity`. */
export function observeRoundTrip(driver: DriverIdentity): Pick<CallObserver, 'acquire'> {
  return acquireWatched() ? { acquire: (request, get) => traceAcquisition(driver, null, request, get) } : silent
}

/** The observer of the request for a routing table, which the acquisition `acquire` caused. */
export function observeRouting(
  driver: DriverIdentity,
  acquire: AcquireMessage | null,
  database: string | null,
): RoutingObserver {
  if (routingWatched()) return new ChannelRouting(new RoutingMessage(driver, acquire, database))
  return {
    find: (find) => find(),
    asked: () => undefined,
    found: () => undefined,
    acquire: (wanted, get) => observeRoundTrip(driver).acquire({ mode: 'READ', database: wanted }, get),
  }
}

class ChannelRouting implements RoutingObserver {
  readonly #message: RoutingMessage

  constructor(message: RoutingMessage) {
    this.#message = message
  }

  find<T>(find: () => Promise<T>): Promise<T> {
    return trace(channels.routing, this.#message, find)
  }

  asked(router: Address): void {
    this.#message.asked.push(router.toString())
  }

  found(database: string | null, table: RoutingTableFigures): void {
    this.#message.database = database
    this.#message.table = table
  }

  acquire<T>(database: string | null, get: (observer: AcquireObserver) => Promise<T>): Promise<T> {
    return traceAcquisition(this.#message.driver, this.#message, { mode: 'READ', database }, get)
  }
}

class ChannelAcquire implements AcquireObserver {
  readonly message: AcquireMessage

  constructor(message: AcquireMessage) {
    this.message = message
  }

  entered(pool: PoolView): void {
    this.message.pool = pool
  }

  waits(reason: AcquireReason): void {
    this.message.reason = reason
  }

  inContext(): Around {
    const caller = new AsyncResource('BoltlineWaiter')
    return (work) => caller.runInAsyncScope(work)
  }
}

function traceAcquisition<T>(
  driver: DriverIdentity,
  parent: TransactionParent | RoutingMessage | null,
  request: ConstructorParameters<typeof AcquireMessage>[2],
  get: (observer: AcquireObserver) => Promise<T>,
): Promise<T> {
  const message = new AcquireMessage(driver, parent, request)
  return trace(channels.acquire, message, () => get(new ChannelAcquire(message)))
}

/** The observer of the opening of a connection, for the acquisition that makes the pool open it. */
export function observeConnect(
  driver: DriverIdentity,
  address: Address,
  acquire: AcquireMessage | null,
): ConnectObserver {
  if (!connectWatched()) return silentConnect
  const message = new ConnectMessage(driver, address, acquire)
  return {
    connect: (open) => trace(channels.connect, message, open),
    transportOpened: (ms) => {
      message.transportTime = ms
    },
    loggedIn: (ms, connection) => {
      message.loginTime = ms
      message.server = connection.peer
    },
  }
}

class ChannelRequest implements RequestObserver {
  readonly #message: TransactionMessage

  constructor(message: TransactionMessage) {
    this.#message = message
    begin(channels.transaction, message)
  }

  sent<S extends SentSettings>(settings: S): S {
    return { ...settings, metadata: this.#message.metadata }
  }

  succeeded(): void {
    finish(channels.transaction, this.#message)
  }

  failed(error: unknown): void {
    fail(channels.transaction, this.#message, error)
  }
}

class ChannelQuery implements QueryObserver {
  readonly message: QueryMessage
  /** The requests without an answer, the oldest first. */
  readonly #pulls: PullMessage[] = []

  constructor(message: QueryMessage) {
    this.message = message
    begin(channels.query, message)
  }

  sent<S extends SentSettings>(settings: S): S {
    return { ...settings, metadata: this.message.metadata }
  }

  batch(request: PullMessage['request'], size: number): void {
    this.message.batches += 1
    const pull = new PullMessage(this.message, request, size)
    this.#pulls.push(pull)
    begin(channels.pull, pull)
  }

  answered(received: number, hasMore: boolean): void {
    const pull = this.#pulls.shift()
    const before = this.message.records
    this.message.records = received
    if (pull === undefined) return
    pull.records = received - before
    pull.hasMore = hasMore
    finish(channels.pull, pull)
  }

  ended(discarded: boolean, header: object | null, footer: object): void {
    if (this.message.ended) return
    this.message.outcome = discarded ? 'discarded' : 'complete'
    noteSummary(this.message, { ...header, ...footer })
    finish(channels.query, this.message)
  }

  failed(received: number, error: unknown): void {
    this.message.records = received
    for (const pull of this.#pulls.splice(0)) fail(channels.pull, pull, error)
    failQuery(this.message, error)
  }
}

class ChannelCall implements CallObserver {
  readonly acquires = true
  protected readonly message: TransactionParent

  constructor(message: TransactionParent) {
    this.message = message
  }

  acquire<T>(
    request: ConstructorParameters<typeof AcquireMessage>[2],
    get: (observer: AcquireObserver) => Promise<T>,
  ): Promise<T> {
    return traceAcquisition(this.message.driver, this.message, request, get)
  }

  begin(connection: Peered, settings: SentSettings): RequestObserver {
    return new ChannelRequest(new TransactionMessage(this.message, 'BEGIN', connection.peer, settings))
  }

  end(request: 'COMMIT' | 'ROLLBACK', connection: Peered): RequestObserver {
    return new ChannelRequest(new TransactionMessage(this.message, request, connection.peer))
  }

  query(
    connection: Peered,
    text: string,
    parameters: unknown,
    settings: SentSettings,
    autoCommit: boolean,
  ): QueryObserver {
    const { mode, database } = settings
    const details = { text, parameters, mode, database, server: connection.peer }
    return new ChannelQuery(new QueryMessage(this.message, { ...details, autoCommit: autoCommit ? settings : null }))
  }

  settled(outcome: TransactionOutcome): void {
    this.message.outcome = outcome
  }

  ended(): void {
    // An attempt ends with its unit of work.
  }

  failed(_error: unknown): void {
    // An attempt ends with its unit of work.
  }
}

class ChannelOperation extends ChannelCall implements OperationObserver {
  declare protected readonly message: OperationMessage

  override ended(): void {
    finish(channels.operation, this.message)
  }

  override failed(error: unknown): void {
    fail(channels.operation, this.message, error)
  }

  enter<T>(work: () => Promise<T>): Promise<T> {
    return enter(channels.operation, this.message, work)
  }

  attempts<T, Policy>(
    loop: (attempt: () => Promise<T>, policy: Policy) => Promise<T>,
    attempt: (observer: CallObserver) => Promise<T>,
    policy: Policy,
  ): Promise<T> {
    return trace(channels.operation, this.message, () => loop(() => this.#attempt(attempt), policy))
  }

  attempted(): void {
    this.message.attempts += 1
  }

  retried(error: unknown, delay: number): void {
    publishRetry(this.message, error, this.message.attempts, delay)
  }

  async #attempt<T>(attempt: (observer: CallObserver) => Promise<T>): Promise<T> {
    this.attempted()
    const message = new AttemptMessage(this.message)
    const value = await trace(channels.attempt, message, () => attempt(new ChannelCall(message)))
    this.message.outcome = message.outcome
    return value
  }
}
