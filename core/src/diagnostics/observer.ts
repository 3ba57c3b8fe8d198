/**
 * What the driver reports about its work. Each step calls its observer unconditionally: the silent one does nothing, the one in
 * channel-observer.ts publishes on the diagnostics channels. An operation chooses its observer once, when it begins. Observers don't
 * change what is sent, except for metadata that a subscriber adds.
 */

import type { Address } from '../values/address.ts'
import type { AccessMode } from '../values/enums.ts'
import type {
  AcquireMessage,
  AcquireReason,
  Around,
  PoolView,
  PullMessage,
  QueryMessage,
  RoutingTableFigures,
  ServerPeer,
  TransactionOutcome,
} from './messages.ts'

/** A connection, which describes its server when a message needs it. */
export interface Peered {
  readonly peer: ServerPeer
}

/** What BEGIN, or the RUN of an auto-commit query, sends. */
export interface SentSettings {
  readonly mode: AccessMode
  readonly database: string | null
  readonly bookmarks: readonly string[]
  readonly metadata: object | undefined
}

/** A request without records: BEGIN, COMMIT or ROLLBACK. */
export interface RequestObserver {
  /** Returns the settings to send, with the metadata that subscribers have added. */
  sent<S extends SentSettings>(settings: S): S
  succeeded(): void
  failed(error: unknown): void
}

/** A RUN and the streaming of its result. */
export interface QueryObserver {
  /** The message for the query's notifications; null without subscribers. */
  readonly message: QueryMessage | null
  /** Returns the settings to send, with the metadata that subscribers have added. */
  sent<S extends SentSettings>(settings: S): S
  /** PULL or DISCARD was sent. Further ones may be sent before the first one is answered. */
  batch(request: PullMessage['request'], size: number): void
  /** The oldest PULL or DISCARD was answered. `received` counts all records of the query so far. */
  answered(received: number, hasMore: boolean): void
  /** The result has ended. `metadata`: of the server's answer to RUN and of its last one. */
  ended(discarded: boolean, header: Summary | null, footer: Summary): void
  failed(received: number, error: unknown): void
}

type Summary = { readonly [key: string]: unknown }

/** The call, or the attempt of a call, in which transactions and queries run. */
export interface CallObserver {
  /** Whether acquisitions are published, so that {@link acquire} has to be called for idle connections too. */
  readonly acquires: boolean
  acquire<T>(
    request: { readonly mode: AccessMode; readonly database: string | null },
    get: (observer: AcquireObserver) => Promise<T>,
  ): Promise<T>
  begin(connection: Peered, settings: SentSettings): RequestObserver
  end(request: 'COMMIT' | 'ROLLBACK', connection: Peered): RequestObserver
  query(
    connection: Peered,
    text: string,
    parameters: unknown,
    settings: SentSettings,
    autoCommit: boolean,
  ): QueryObserver
  /** The transaction was committed or rolled back. */
  settled(outcome: TransactionOutcome): void
  /** The transaction or auto-commit query of the call has ended. An attempt ends with its unit of work instead. */
  ended(): void
  failed(error: unknown): void
}

/** A public call. */
export interface OperationObserver extends CallObserver {
  /** Runs a call that ends with {@link CallObserver.ended} or {@link CallObserver.failed}, or with the rejection of `work`. */
  enter<T>(work: () => Promise<T>): Promise<T>
  /** Runs the attempts of a unit of work in `loop`. The call ends with them. */
  attempts<T, Policy>(
    loop: (attempt: () => Promise<T>, policy: Policy) => Promise<T>,
    attempt: (observer?: CallObserver) => Promise<T>,
    policy: Policy,
  ): Promise<T>
  /** An attempt of an auto-commit query begins. */
  attempted(): void
  /** The last attempt has failed and another will follow. */
  retried(error: unknown, delay: number): void
}

/** The acquisition of a connection. */
export interface AcquireObserver {
  /** The message for the steps that the acquisition causes; null without subscribers. */
  readonly message: AcquireMessage | null
  /** The acquisition has reached the pool of a server. */
  entered(pool: PoolView): void
  /** Where the connection will come from. */
  waits(reason: AcquireReason): void
  /** Returns a function that runs work in the async context of the caller, also when another caller's release starts it. */
  inContext(): Around
}

/** The request for a routing table. */
export interface RoutingObserver {
  find<T>(find: () => Promise<T>): Promise<T>
  asked(router: Address): void
  found(database: string | null, table: RoutingTableFigures): void
  /** Acquires a connection to a router. */
  acquire<T>(database: string | null, get: (observer: AcquireObserver) => Promise<T>): Promise<T>
}

/** The opening of a connection. */
export interface ConnectObserver {
  /** Runs the opening. */
  connect<T>(open: () => Promise<T>): Promise<T>
  /** DNS, TCP and TLS took `ms` together. */
  transportOpened(ms: number): void
  /** The handshake and the login took `ms` together. */
  loggedIn(ms: number, connection: Peered): void
}

const nothing = (): void => undefined
const unchanged = <S extends SentSettings>(settings: S): S => settings

const silentRequest: RequestObserver = Object.freeze({ sent: unchanged, succeeded: nothing, failed: nothing })

export const silentQuery: QueryObserver = Object.freeze({
  message: null,
  sent: unchanged,
  batch: nothing,
  answered: nothing,
  ended: nothing,
  failed: nothing,
})

export const silentConnect: ConnectObserver = Object.freeze<ConnectObserver>({
  connect: (open) => open(),
  transportOpened: nothing,
  loggedIn: nothing,
})

const here: Around = (work) => work()

export const silentAcquire: AcquireObserver = Object.freeze<AcquireObserver>({
  message: null,
  entered: nothing,
  waits: nothing,
  inContext: () => here,
})

/** Reports nothing. */
export const silent: OperationObserver = Object.freeze<OperationObserver>({
  acquires: false,
  acquire: (_request, get) => get(silentAcquire),
  begin: () => silentRequest,
  end: () => silentRequest,
  query: () => silentQuery,
  settled: nothing,
  ended: nothing,
  failed: nothing,
  enter: (work) => work(),
  attempts: (loop, attempt, policy) => loop(attempt, policy),
  attempted: nothing,
  retried: nothing,
})
