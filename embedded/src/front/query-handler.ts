/** What stands behind the Bolt front: a script, a graph, whatever answers queries. It sees no messages. */

/** A query, and the transaction it belongs to. */
export interface QueryRequest extends TransactionRequest {
  readonly query: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly inTransaction: boolean
  /** The transaction's own object: the same for all its queries and for its end, also for a query that is alone in it. */
  readonly transaction: TransactionRequest
  /** Aborted when the client resets or loses its connection. */
  readonly signal: AbortSignal
}

/** What a client said of a transaction when it began it. */
export interface TransactionRequest {
  /** The connection's id. */
  readonly connection: string
  readonly database: string | null
  readonly mode: 'READ' | 'WRITE'
  readonly bookmarks: readonly string[]
  /** In ms; null: the server's default. */
  readonly timeout: number | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly impersonatedUser: string | null
  readonly user: string | null
}

/** Rows, and what is to be said once they have all been sent. */
export interface QueryAnswer {
  readonly keys: readonly string[]
  readonly rows: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>
  /** The end's metadata, in Bolt's words (`type`, `stats`, `plan`, `notifications`, `db`, …). */
  readonly summary: () => Record<string, unknown>
}

/** Who does what, as a server tells it. */
export interface RoutingTable {
  /** How long it may be used, in seconds. */
  readonly ttl: number
  readonly db: string
  readonly servers: readonly { readonly role: 'ROUTE' | 'READ' | 'WRITE'; readonly addresses: readonly string[] }[]
}

/** How a transaction ends. */
export type Ending = 'commit' | 'rollback'

export interface QueryHandler {
  /** INTEGERs among the parameters come as bigint, and every number is a FLOAT. Default: both are numbers. */
  readonly exactNumbers?: boolean
  /** @throws ServerFailure to answer with a failure, `DropConnection` to hang up */
  run(request: QueryRequest): QueryAnswer | Promise<QueryAnswer>
  /** Told before BEGIN is answered. */
  begin?(request: TransactionRequest): void | Promise<void>
  /** Told before COMMIT or ROLLBACK is answered; a commit's bookmark, or undefined for one of the front's own. */
  end?(how: Ending, request: TransactionRequest): string | undefined | Promise<string | undefined>
  /** The routing table; by default the server itself in every role. */
  route?(context: Readonly<Record<string, unknown>>, database: string | null): RoutingTable | Promise<RoutingTable>
  /** Told of RESET, LOGON and hung-up connections. */
  noticed?(event: 'reset' | 'logon' | 'logoff' | 'closed', connection: string): void
}

/** A failure as the server tells it. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure'
  /** Neo4j's code, `Neo.ClientError.Statement.SyntaxError`. */
  readonly code: string
  /** The GQL status; by default the general one. */
  readonly gqlStatus: string

  constructor(code: string, message: string, gqlStatus = '50N42') {
    super(message)
    this.code = code
    this.gqlStatus = gqlStatus
  }
}

/** Raised by a handler to cut the client off instead of answering. */
export class DropConnection extends Error {
  override readonly name = 'DropConnection'
}
