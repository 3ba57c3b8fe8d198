/** The contract between the Bolt server and the code that answers queries, such as a script or a graph. It has no Bolt messages. */

/** A query and its transaction. */
export interface QueryRequest extends TransactionRequest {
  readonly query: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly inTransaction: boolean
  /** The identity of the transaction: the same object for all its queries and for `end`, also for an auto-commit query. */
  readonly transaction: TransactionRequest
  /** Aborted when the client resets or loses its connection. */
  readonly signal: AbortSignal
}

/** The settings of a transaction, as the client sent them. */
export interface TransactionRequest {
  /** The connection's id. */
  readonly connection: string
  readonly database: string | null
  readonly mode: 'READ' | 'WRITE'
  readonly bookmarks: readonly string[]
  /** In ms; null means the server's default. */
  readonly timeout: number | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly impersonatedUser: string | null
  readonly user: string | null
}

/** The rows of a query, and the summary to send after the last one. */
export interface QueryAnswer {
  readonly keys: readonly string[]
  readonly rows: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>
  /** Returns the metadata of the final SUCCESS under Bolt's names (`type`, `stats`, `plan`, `notifications`, `db`, …). */
  readonly summary: () => Record<string, unknown>
}

/** A routing table, as the answer to ROUTE. */
export interface RoutingTable {
  /** Validity in seconds. */
  readonly ttl: number
  readonly db: string
  readonly servers: readonly { readonly role: 'ROUTE' | 'READ' | 'WRITE'; readonly addresses: readonly string[] }[]
}

/** How a transaction ends. */
export type Ending = 'commit' | 'rollback'

export interface QueryHandler {
  /** Whether parameters hold INTEGERs as bigint and FLOATs as number. Default: both are numbers. */
  readonly exactNumbers?: boolean
  /** Answers a query. @throws ServerFailure to answer with FAILURE; DropConnection to drop the connection */
  run(request: QueryRequest): QueryAnswer | Promise<QueryAnswer>
  /** Called before the server answers BEGIN. */
  begin?(request: TransactionRequest): void | Promise<void>
  /** Called before the server answers COMMIT or ROLLBACK. Returns a commit's bookmark; undefined lets the server generate one. */
  end?(how: Ending, request: TransactionRequest): string | undefined | Promise<string | undefined>
  /** Returns the routing table. Default: the server itself in every role. */
  route?(context: Readonly<Record<string, unknown>>, database: string | null): RoutingTable | Promise<RoutingTable>
  /** Called on RESET, LOGON, LOGOFF, and when a connection has closed. */
  onEvent?(event: 'reset' | 'logon' | 'logoff' | 'closed', connection: string): void
}

/** A failure to send to the client as FAILURE. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure'
  /** The Neo4j code, such as `Neo.ClientError.Statement.SyntaxError`. */
  readonly code: string
  /** The GQL status. Default: the general one. */
  readonly gqlStatus: string

  constructor(code: string, message: string, gqlStatus = '50N42') {
    super(message)
    this.code = code
    this.gqlStatus = gqlStatus
  }
}

/** Thrown by a handler to drop the connection instead of answering. */
export class DropConnection extends Error {
  override readonly name = 'DropConnection'
}
