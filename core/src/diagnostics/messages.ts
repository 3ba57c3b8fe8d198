/**
 * The messages of the channels (channels.ts). All events of a step carry the same object, whose fields are filled in between
 * start and end. Everything here is public and documented in docs/diagnostics-channels.md.
 *
 * Longer than other files: a class with its documentation for each channel.
 */

import type { Address } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import type { PoolMetrics } from './pool-metrics.ts'
import type { WarningNotification } from './warnings.ts'

/** Identifies one driver of the process; all messages of that driver, and `driver.identity`, hold the same object. */
export interface DriverIdentity {
  /** The number of the driver within the process, from 1 on. */
  readonly id: number
  /** The URI that the driver was made with, without the query string: `neo4j://localhost:7687`. */
  readonly uri: string
  readonly host: string
  readonly port: number
  /** Whether the driver routes over the servers of a cluster (`neo4j`) or uses one server (`bolt`). */
  readonly routed: boolean
  readonly encrypted: boolean
}

/** The server at the other end of a connection. */
export interface ServerPeer {
  /** The server's address as the driver knows it: `host:port`. */
  readonly address: string
  /** The address after name resolution, `ip:port`; undefined if the transport has no network address. */
  readonly remoteAddress: string | undefined
  /** The server's name and version as announced at login, such as `Neo4j/5.26.0`. */
  readonly agent: string
  /** `major.minor`. */
  readonly boltVersion: string
  /** The server's name for the connection. */
  readonly connectionId: string
}

/** Runs `work` at once and returns its return value. */
export type Around = <T>(work: () => T) => T

/** The functions that subscribers of a step's `start` passed to `runInside`. */
const arounds = new WeakMap<StepMessage, Around>()

/** Runs the code of a step inside the functions that subscribers of its `start` passed to `runInside`. */
export function runStep<T>(message: StepMessage, work: () => T): T {
  const around = arounds.get(message)
  return around === undefined ? work() : around(work)
}

/** The message of a step that takes time. */
export abstract class StepMessage {
  // Assigned in the constructor: initializers that many subclasses share cost V8 a microsecond for each object.
  declare readonly driver: DriverIdentity
  /** The error that the step failed with; set before `error` is published. */
  declare error: unknown
  /** Whether the step has ended. */
  declare ended: boolean

  constructor(driver: DriverIdentity) {
    this.driver = driver
    this.error = undefined
    this.ended = false
  }

  /**
   * Makes the driver run the code of the step (the unit of work of an attempt, a resolver, an auth manager) inside `around`. For
   * contexts that are entered by calling a function; an `AsyncLocalStorage` is bound with `channel.start.bindStore` instead. Call
   * it in a subscriber of `start`; without effect on steps that run no caller's code: transaction, query and pull.
   */
  runInside(around: Around): void {
    const inner = arounds.get(this)
    arounds.set(this, inner === undefined ? around : (work) => around(() => inner(work)))
  }
}

/** How a transaction ended. */
export type TransactionOutcome = 'committed' | 'rolledBack'

/** The message of a step that covers a transaction. */
abstract class OutcomeMessage extends StepMessage {
  /** Undefined while the transaction is open, if it failed, and if its outcome is unknown. */
  outcome: TransactionOutcome | undefined = undefined
}

/** The public call that was made. */
export type OperationKind = 'executeQuery' | 'executeRead' | 'executeWrite' | 'run' | 'beginTransaction'

let noteQuery: (operation: OperationMessage, query: QueryMessage) => void

/** The properties of an operation. */
export interface OperationDetails {
  readonly kind: OperationKind
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonated: boolean
  readonly text?: string | undefined
  readonly parameters?: object | undefined
}

/**
 * `boltline:operation`: one call of the API. For `executeQuery`, `executeRead` and `executeWrite` it lasts until the promise
 * settles and covers all attempts; for `run` until the result has ended; for `beginTransaction` until the transaction has
 * ended.
 */
export class OperationMessage extends OutcomeMessage {
  readonly kind: OperationKind
  readonly mode: AccessMode
  /** The database; null: the user's home database, until a server has named it. */
  database: string | null
  /** Whether the operation impersonates a user. */
  readonly impersonated: boolean
  /** The query of `executeQuery` and `run`. */
  readonly text: string | undefined
  /** The number of attempts so far. */
  attempts = 0
  readonly #parameters: object | undefined
  #query: QueryMessage | null = null

  constructor(driver: DriverIdentity, details: OperationDetails) {
    super(driver)
    this.kind = details.kind
    this.mode = details.mode
    this.database = details.database
    this.impersonated = details.impersonated
    this.text = details.text
    this.#parameters = details.parameters
  }

  /** The query of `executeQuery` and `run`, once it was sent; after several attempts that of the last one. */
  get query(): QueryMessage | null {
    return this.#query
  }

  static {
    noteQuery = (operation, query) => {
      operation.#query = query
    }
  }

  /** The query's parameters: an object or a `Map`. Not enumerable, so that they don't end up in logs. */
  get parameters(): object | undefined {
    return this.#parameters
  }
}

/** `boltline:attempt`: one attempt of `executeQuery`, `executeRead` or `executeWrite`, from acquisition to commit. */
export class AttemptMessage extends OutcomeMessage {
  readonly operation: OperationMessage
  /** The number of the attempt, from 1 on. */
  readonly number: number

  constructor(operation: OperationMessage) {
    super(operation.driver)
    this.operation = operation
    this.number = operation.attempts
  }
}

/** The parent of a step inside an operation: the attempt if there is one, else the operation. */
export type TransactionParent = OperationMessage | AttemptMessage

function operationOf(parent: TransactionParent): OperationMessage {
  return parent instanceof AttemptMessage ? parent.operation : parent
}

/** `boltline:transaction`: BEGIN, COMMIT or ROLLBACK of a transaction, until the server has answered it. */
export class TransactionMessage extends StepMessage {
  readonly parent: TransactionParent
  readonly request: 'BEGIN' | 'COMMIT' | 'ROLLBACK'
  readonly server: ServerPeer
  /** The number of bookmarks that BEGIN carries. */
  readonly bookmarks: number
  /** The metadata that BEGIN sends. A subscriber of `start` may replace it by a new object that includes the present entries. */
  metadata: object | undefined

  constructor(
    parent: TransactionParent,
    request: TransactionMessage['request'],
    server: ServerPeer,
    begin?: { readonly bookmarks: readonly string[]; readonly metadata: object | undefined },
  ) {
    super(parent.driver)
    this.parent = parent
    this.request = request
    this.server = server
    this.bookmarks = begin?.bookmarks.length ?? 0
    this.metadata = begin?.metadata
  }
}

/** How the reading of a result ended. */
export type QueryOutcome = 'complete' | 'discarded' | 'failed'

/** `boltline:query`: a RUN and the streaming of its result, until the last answer has arrived. */
export class QueryMessage extends StepMessage {
  readonly parent: TransactionParent
  readonly text: string
  readonly mode: AccessMode
  /** The database; null: the user's home database, until the server has named it. */
  database: string | null
  readonly server: ServerPeer
  /** Whether it is an auto-commit query (`session.run`). */
  readonly autoCommit: boolean
  /** The number of bookmarks that an auto-commit query carries. */
  readonly bookmarks: number
  /** The metadata that an auto-commit query sends; see {@link TransactionMessage.metadata}. */
  metadata: object | undefined
  /** The number of records that have arrived. */
  records = 0
  /** The number of PULL and DISCARD requests that were sent. */
  batches = 0
  /** Undefined while the query runs. `discarded`: the caller did not read all records. */
  outcome: QueryOutcome | undefined = undefined
  /** The query type in the server's summary: `r`, `w`, `rw` or `s`. */
  type: string | undefined = undefined
  /** How long the server took until the result was available (`consumedAfter`: until it was consumed), in ms. */
  availableAfter: number | undefined = undefined
  consumedAfter: number | undefined = undefined
  readonly #parameters: object | undefined

  constructor(
    parent: TransactionParent,
    details: {
      readonly text: string
      readonly parameters: unknown
      readonly mode: AccessMode
      readonly database: string | null
      readonly server: ServerPeer
      readonly autoCommit: { readonly bookmarks: readonly string[]; readonly metadata: object | undefined } | null
    },
  ) {
    super(parent.driver)
    this.parent = parent
    this.text = details.text
    this.mode = details.mode
    this.database = details.database
    this.server = details.server
    this.autoCommit = details.autoCommit !== null
    this.bookmarks = details.autoCommit?.bookmarks.length ?? 0
    this.metadata = details.autoCommit?.metadata
    this.#parameters = (details.parameters ?? undefined) as object | undefined
    const operation = operationOf(parent)
    if (operation.text !== undefined) noteQuery(operation, this)
  }

  /** The query's parameters: an object or a `Map`. Not enumerable, so that they don't end up in logs. */
  get parameters(): object | undefined {
    return this.#parameters
  }
}

/** Copies figures of the server's summary into the message of a query. */
export function noteSummary(query: QueryMessage, metadata: { readonly [key: string]: unknown }): void {
  const { type, db, t_first, t_last } = metadata
  if (typeof type === 'string') query.type = type
  if (typeof t_first === 'number') query.availableAfter = t_first
  if (typeof t_last === 'number') query.consumedAfter = t_last
  if (typeof db !== 'string') return
  query.database ??= db
  operationOf(query.parent).database ??= db
}

/** `boltline:pull`: one PULL or DISCARD, until the server has answered it. */
export class PullMessage extends StepMessage {
  readonly query: QueryMessage
  readonly request: 'PULL' | 'DISCARD'
  /** The most records requested; −1: all. */
  readonly size: number
  /** The number of records that have arrived. */
  records = 0
  /** Whether the server has more records. */
  hasMore = false

  constructor(query: QueryMessage, request: PullMessage['request'], size: number) {
    super(query.driver)
    this.query = query
    this.request = request
    this.size = size
  }
}

/** A live view of the pool of one server. */
export interface PoolView {
  /** `host:port`. */
  readonly address: string
  metrics(): PoolMetrics
}

/**
 * Where the connection of an acquisition comes from: `idle`: an idle one was available at once; `opening`: a new one is opened;
 * `checking`: one is being checked or reset after its last use; `exhausted`: all `maxConnectionPoolSize` connections were in use.
 */
export type AcquireReason = 'idle' | 'opening' | 'checking' | 'exhausted'

/** `boltline:acquire`: the acquisition of a connection, until it is leased. */
export class AcquireMessage extends StepMessage {
  /** The step that needs the connection; null for the driver's own round trips, such as `verifyConnectivity`. */
  readonly parent: TransactionParent | RoutingMessage | null
  readonly mode: AccessMode
  readonly database: string | null
  /** The last pool that was tried. */
  pool: PoolView | null = null
  /** Where the connection of the last pool that was tried comes from; undefined until routing is done. */
  reason: AcquireReason | undefined = undefined

  constructor(
    driver: DriverIdentity,
    parent: TransactionParent | RoutingMessage | null,
    request: { readonly mode: AccessMode; readonly database: string | null },
  ) {
    super(driver)
    this.parent = parent
    this.mode = request.mode
    this.database = request.database
  }
}

/** `boltline:connect`: the opening of a connection, until its login has succeeded. */
export class ConnectMessage extends StepMessage {
  /** The acquisition that made the pool open the connection; another one may get it. Null if there is none. */
  readonly acquire: AcquireMessage | null
  readonly address: string
  /** How long DNS, TCP and TLS took together, in ms; undefined while they last. */
  transportTime: number | undefined = undefined
  /** How long the handshake and the login took, in ms; undefined while they last. */
  loginTime: number | undefined = undefined
  server: ServerPeer | null = null

  constructor(driver: DriverIdentity, address: Address, acquire: AcquireMessage | null) {
    super(driver)
    this.address = address.toString()
    this.acquire = acquire
  }
}

/** The figures of a routing table. */
export interface RoutingTableFigures {
  readonly routers: number
  readonly readers: number
  readonly writers: number
  readonly ttl: number
}

/** `boltline:routing`: the request for the routing table of a database, until a router has returned one. */
export class RoutingMessage extends StepMessage {
  /** The acquisition that caused the request; others may have joined it. Null if there is none. */
  readonly acquire: AcquireMessage | null
  /** The database; null: the home database, until a router has named it. */
  database: string | null
  /** The routers that were asked so far. */
  readonly asked: string[] = []
  /** How many servers the new table lists for each role, and for how many ms it is valid. */
  table: RoutingTableFigures | null = null

  constructor(driver: DriverIdentity, acquire: AcquireMessage | null, database: string | null) {
    super(driver)
    this.acquire = acquire
    this.database = database
  }
}

/** Why a connection was removed from its pool. */
export type CloseReason =
  /** It had reached `maxConnectionLifetime`. */
  | 'lifetime'
  /** It was lost, or is in a state that does not allow further use. */
  | 'broken'
  /** The liveness check or the reset failed. */
  | 'unusable'
  /** It is logged in with outdated credentials, and the server's Bolt version does not allow another login. */
  | 'credentials'
  /** Its server failed, or is no longer in a routing table. */
  | 'dropped'
  /** The driver was closed. */
  | 'shutdown'

/** An event in a pool. */
export type PoolEvent =
  /**
   * `created`: a connection was opened; `acquired`: one was leased; `failed`: one could not be opened; `timedOut`: an acquisition
   * timed out; `removed`: the pool was closed, because the driver was closed or the server left the cluster.
   */
  | { readonly event: 'created' | 'acquired' | 'failed' | 'timedOut' | 'removed' }
  /** A connection was released: for how many ms it was leased, and the bytes it transferred since the last such message. */
  | { readonly event: 'released'; readonly useTime: number; readonly received: number; readonly sent: number }
  /** A connection was removed from the pool; the bytes are those that no earlier message counted. */
  | { readonly event: 'closed'; readonly reason: CloseReason; readonly received: number; readonly sent: number }

/** `boltline:pool`: an event in the pool of one server. */
export type PoolMessage = { readonly driver: DriverIdentity; readonly pool: PoolView } & PoolEvent

/** `boltline:retry`: an attempt failed and another will follow. */
export interface RetryMessage {
  readonly driver: DriverIdentity
  readonly operation: OperationMessage
  /** The number of the attempt that failed, from 1 on. */
  readonly attempt: number
  readonly error: unknown
  /** How long the driver waits before the next attempt, in ms. */
  readonly delay: number
}

/** `boltline:notification`: the server sent a notification about a query. */
export interface NotificationMessage {
  readonly driver: DriverIdentity
  readonly query: QueryMessage
  readonly notification: WarningNotification
}
