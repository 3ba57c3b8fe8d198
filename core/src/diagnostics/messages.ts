/**
 * What the messages on the channels hold (channels.ts). One object accompanies a step from its start to its end and is
 * filled in on the way. Everything here is public and documented in docs/diagnostics-channels.md.
 */

import type { Address } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import type { PoolMetrics } from './pool-metrics.ts'
import type { WarningNotification } from './warnings.ts'

/** Names one driver of the process; every message of that driver holds the same object, and so does `driver.identity`. */
export interface DriverIdentity {
  /** Counts the drivers of the process, from 1 on. */
  readonly id: number
  /** The address it was made with, without credentials or query: `neo4j://localhost:7687`. */
  readonly uri: string
  readonly host: string
  readonly port: number
  /** Whether it chooses between the servers of a cluster (`neo4j`) or talks to one (`bolt`). */
  readonly routed: boolean
  readonly encrypted: boolean
}

/** The server at the other end of a connection. */
export interface ServerPeer {
  /** As the driver calls it: `host:port`. */
  readonly address: string
  /** As the network reached it, `ip:port`; undefined where there is no network. */
  readonly remoteAddress: string | undefined
  /** What the server said it is, such as `Neo4j/5.26.0`. */
  readonly agent: string
  /** `major.minor`. */
  readonly boltVersion: string
  /** The server's name for the connection. */
  readonly connectionId: string
}

/** Runs `work` at once, and returns what it returns. */
export type Around = <T>(work: () => T) => T

/** What the subscribers of a step's start have asked its code to run inside of. */
const arounds = new WeakMap<StepMessage, Around>()

/** Runs the code of a step inside whatever the subscribers of its start have asked for. */
export function runStep<T>(message: StepMessage, work: () => T): T {
  const around = arounds.get(message)
  return around === undefined ? work() : around(work)
}

/** A step that takes its time. */
export abstract class StepMessage {
  // Assigned, not initialized: where many classes share initializers, the engine takes a microsecond for each object.
  declare readonly driver: DriverIdentity
  /** What it failed with; set before `error` is published. */
  declare error: unknown
  /** Whether it is over. */
  declare ended: boolean

  constructor(driver: DriverIdentity) {
    this.driver = driver
    this.error = undefined
    this.ended = false
  }

  /**
   * Has the code of the step (the unit of work of an attempt, a resolver, an auth manager) run inside `around`: for a context
   * that is entered by a function instead of an `AsyncLocalStorage`, which is bound with `channel.start.bindStore`. To be
   * called by a subscriber of `start`; without effect on steps that run no code: transaction, query and pull.
   */
  runInside(around: Around): void {
    const inner = arounds.get(this)
    arounds.set(this, inner === undefined ? around : (work) => around(() => inner(work)))
  }
}

/** What became of a transaction. */
export type TransactionOutcome = 'committed' | 'rolledBack'

/** A step that comprises a transaction. */
abstract class WorkMessage extends StepMessage {
  /** Undefined while the transaction is open, where it has failed, and where nobody knows. */
  outcome: TransactionOutcome | undefined = undefined
}

/** The public call that was made. */
export type OperationKind = 'executeQuery' | 'executeRead' | 'executeWrite' | 'run' | 'beginTransaction'

let noteQuery: (operation: OperationMessage, query: QueryMessage) => void

/** What an operation is about. */
export interface OperationDetails {
  readonly kind: OperationKind
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonated: boolean
  readonly text?: string | undefined
  readonly parameters?: object | undefined
}

/**
 * `boltline:operation`: one call of the API. With `executeQuery`, `executeRead` and `executeWrite` it lasts until the
 * promise is settled and covers all attempts; with `run` until the result has ended; with `beginTransaction` until the
 * transaction has.
 */
export class OperationMessage extends WorkMessage {
  readonly kind: OperationKind
  readonly mode: AccessMode
  /** Null: the home database of the user, until a server has named it. */
  database: string | null
  /** Whether it runs as another user than the one logged in. */
  readonly impersonated: boolean
  /** The query of `executeQuery` and `run`. */
  readonly text: string | undefined
  /** How often it has been tried so far. */
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

  /** The query of `executeQuery` and `run`, once it was sent; the last one where there were several attempts. */
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

/** `boltline:attempt`: one try of `executeQuery`, `executeRead` or `executeWrite`, from the connection to the commit. */
export class AttemptMessage extends WorkMessage {
  readonly operation: OperationMessage
  /** Counts from 1. */
  readonly number: number

  constructor(operation: OperationMessage) {
    super(operation.driver)
    this.operation = operation
    this.number = operation.attempts
  }
}

/** What a step below an operation belongs to: the attempt where there is one. */
export type WorkParent = OperationMessage | AttemptMessage

function operationOf(parent: WorkParent): OperationMessage {
  return parent instanceof AttemptMessage ? parent.operation : parent
}

/** `boltline:transaction`: one of the requests around the queries of an explicit transaction, until it is answered. */
export class TransactionMessage extends StepMessage {
  readonly parent: WorkParent
  readonly request: 'BEGIN' | 'COMMIT' | 'ROLLBACK'
  readonly server: ServerPeer
  /** How many bookmarks BEGIN waits for. */
  readonly bookmarks: number
  /** The metadata that BEGIN sends. Subscribers of `start` may set it, to a new object that keeps what it holds. */
  metadata: object | undefined

  constructor(
    parent: WorkParent,
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

/** `boltline:query`: a RUN and the streaming of its result, until the last answer has come. */
export class QueryMessage extends StepMessage {
  readonly parent: WorkParent
  readonly text: string
  readonly mode: AccessMode
  /** Null: the home database of the user, until the server has named it. */
  database: string | null
  readonly server: ServerPeer
  /** Whether it is a transaction of its own (`session.run`). */
  readonly autoCommit: boolean
  /** How many bookmarks an auto-commit query waits for. */
  readonly bookmarks: number
  /** The metadata that an auto-commit query sends; see {@link TransactionMessage.metadata}. */
  metadata: object | undefined
  /** How many records have arrived. */
  records = 0
  /** How many PULL and DISCARD requests were sent. */
  batches = 0
  /** Undefined while it lasts. `discarded`: its reader left records behind. */
  outcome: QueryOutcome | undefined = undefined
  /** `r`, `w`, `rw` or `s`, as the server says at the end. */
  type: string | undefined = undefined
  /** How long the server took until the result was available, and until it was consumed, in ms. */
  availableAfter: number | undefined = undefined
  consumedAfter: number | undefined = undefined
  readonly #parameters: object | undefined

  constructor(
    parent: WorkParent,
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

/** Takes what the server said of a query into its message. */
export function noteSummary(query: QueryMessage, metadata: { readonly [key: string]: unknown }): void {
  const { type, db, t_first, t_last } = metadata
  if (typeof type === 'string') query.type = type
  if (typeof t_first === 'number') query.availableAfter = t_first
  if (typeof t_last === 'number') query.consumedAfter = t_last
  if (typeof db !== 'string') return
  query.database ??= db
  operationOf(query.parent).database ??= db
}

/** `boltline:pull`: one request for records, or for their end, until it is answered. */
export class PullMessage extends StepMessage {
  readonly query: QueryMessage
  readonly request: 'PULL' | 'DISCARD'
  /** The most records asked for; −1: all. */
  readonly size: number
  /** How many have arrived. */
  records = 0
  /** Whether the server has more. */
  hasMore = false

  constructor(query: QueryMessage, request: PullMessage['request'], size: number) {
    super(query.driver)
    this.query = query
    this.request = request
    this.size = size
  }
}

/** The pool of one server, to look at whenever one likes. */
export interface PoolView {
  /** `host:port`. */
  readonly address: string
  metrics(): PoolMetrics
}

/**
 * Why a connection could not be had at once: it was `idle` and could; one had to be opened; one was being checked, or cleaned
 * up after its last use; or `exhausted`: all of the allowed connections were in use.
 */
export type AcquireReason = 'idle' | 'opening' | 'checking' | 'exhausted'

/** `boltline:acquire`: getting a connection, until it is lent. */
export class AcquireMessage extends StepMessage {
  /** What it is wanted for; null for the driver's own round trips, such as `verifyConnectivity`. */
  readonly parent: WorkParent | RoutingMessage | null
  readonly mode: AccessMode
  readonly database: string | null
  /** The last pool that was asked. */
  pool: PoolView | null = null
  /** What the last pool that was asked did about it; undefined while routing is not through. */
  reason: AcquireReason | undefined = undefined

  constructor(
    driver: DriverIdentity,
    parent: WorkParent | RoutingMessage | null,
    request: { readonly mode: AccessMode; readonly database: string | null },
  ) {
    super(driver)
    this.parent = parent
    this.mode = request.mode
    this.database = request.database
  }
}

/** `boltline:connect`: opening a connection, until the server has let it in. */
export class ConnectMessage extends StepMessage {
  /** On whose behalf it is opened first; whoever comes first in line gets it. */
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

/** `boltline:routing`: looking for the servers of a database, until a routing table is found. */
export class RoutingMessage extends StepMessage {
  /** On whose behalf it was begun; others may have joined. Null where a test or tool asked. */
  readonly acquire: AcquireMessage | null
  /** Null: the home database, until it is found. */
  database: string | null
  /** The routers asked so far. */
  readonly asked: string[] = []
  /** How many servers the new table lists for each part, and for how many ms it holds. */
  table: RoutingTableFigures | null = null

  constructor(driver: DriverIdentity, acquire: AcquireMessage | null, database: string | null) {
    super(driver)
    this.acquire = acquire
    this.database = database
  }
}

/** Why a pool has parted with a connection. */
export type CloseReason =
  /** It had reached `maxConnectionLifetime`. */
  | 'lifetime'
  /** It was lost, or not in a state to be used again. */
  | 'broken'
  /** It did not pass the liveness check, or could not be reset. */
  | 'unusable'
  /** It was logged in with credentials that nobody wants any more, and can't change them. */
  | 'credentials'
  /** Its server has failed, or left the routing table. */
  | 'dropped'
  /** The driver was closed. */
  | 'shutdown'

/** What happens in a pool. */
export type PoolEvent =
  /**
   * A connection was opened, or lent; one could not be opened; a caller gave up waiting; the pool is not used any more,
   * because the driver was closed or the server has left the cluster.
   */
  | { readonly event: 'created' | 'acquired' | 'failed' | 'timedOut' | 'removed' }
  /** A connection came back: how long it was lent, in ms, and the bytes it has moved since the last such message. */
  | { readonly event: 'released'; readonly useTime: number; readonly received: number; readonly sent: number }
  /** The pool has parted with a connection; the bytes are those that no other message has told. */
  | { readonly event: 'closed'; readonly reason: CloseReason; readonly received: number; readonly sent: number }

/** `boltline:pool`: something has happened in the pool of one server. */
export type PoolMessage = { readonly driver: DriverIdentity; readonly pool: PoolView } & PoolEvent

/** `boltline:retry`: an attempt has failed and another will follow. */
export interface RetryMessage {
  readonly driver: DriverIdentity
  readonly operation: OperationMessage
  /** Which attempt has failed, from 1 on. */
  readonly attempt: number
  readonly error: unknown
  /** How long the driver waits before the next one, in ms. */
  readonly delay: number
}

/** `boltline:notification`: the server had something to say about a query. */
export interface NotificationMessage {
  readonly driver: DriverIdentity
  readonly query: QueryMessage
  readonly notification: WarningNotification
}
