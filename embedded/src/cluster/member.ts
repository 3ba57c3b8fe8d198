/** One server of a cluster stand-in: leads or follows, and can die, hang, refuse clients and answer with a given error. */

import { type BoltServer, type BoltServerOptions, startBoltServer } from '../bolt-server/bolt-server.ts'
import {
  type Ending,
  type QueryAnswer,
  type QueryHandler,
  type QueryRequest,
  type RoutingTable,
  ServerFailure,
  type TransactionRequest,
} from '../bolt-server/query-handler.ts'
import { keysOf, valuesOf } from '../stub/rows.ts'
import { type ClusterLog, positionIn } from './log.ts'
import type { ClusterRules } from './rules.ts'

/** The parts of a cluster that its members use. */
export interface Surroundings {
  readonly log: ClusterLog
  readonly rules: ClusterRules
  readonly table: () => RoutingTable
  readonly leads: (member: Member) => boolean
}

/** A server of the cluster. */
export class Member implements QueryHandler {
  readonly #cluster: Surroundings
  readonly #options: BoltServerOptions
  /** The uncommitted writes of each open transaction. */
  readonly #staged = new WeakMap<TransactionRequest, unknown[]>()
  #server: BoltServer | null = null
  #port = 0
  #hanging = false
  #errors: string[] = []
  /** The number of queries that the member has answered. */
  queries = 0

  /** Called by {@link startCluster}. @internal */
  constructor(cluster: Surroundings, options: BoltServerOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** `host:port`, also while the member is down. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Whether the member is listening. */
  get alive(): boolean {
    return this.#server !== null
  }

  /** The number of connected clients. */
  get connections(): number {
    return this.#server?.connections ?? 0
  }

  /** Clears the effects of `die`, `refuse`, `hang` and `answers`, and listens on the same port as before. */
  async start(): Promise<void> {
    this.#hanging = false
    this.#errors = []
    if (this.#server !== null) return this.#server.accept()
    this.#server = await startBoltServer(this, { ...this.#options, port: this.#port })
    this.#port = this.#server.port
  }

  /** Disconnects all clients and refuses new connections until {@link start}. */
  async die(): Promise<void> {
    const server = this.#server
    this.#server = null
    await server?.close()
  }

  /** Refuses new connections until {@link start}; connected clients are still served. */
  refuse(): void {
    this.#server?.refuse()
  }

  /** Stops answering until {@link start}. */
  hang(): void {
    this.#hanging = true
  }

  /** Fails the next requests, one with each of these codes. */
  answers(...codes: readonly string[]): void {
    this.#errors.push(...codes)
  }

  /** @internal */
  async route(): Promise<RoutingTable> {
    await this.#injectFault()
    return this.#cluster.table()
  }

  /** @internal */
  begin(request: TransactionRequest): Promise<void> {
    this.#staged.set(request, [])
    return this.#caughtUp(request)
  }

  /** @internal */
  async run(request: QueryRequest): Promise<QueryAnswer> {
    if (request.inTransaction) await this.#injectFault()
    else await this.#caughtUp(request)
    const { rules, log } = this.#cluster
    const rule = rules.find(request.query)
    this.queries++
    const leads = this.#cluster.leads(this)
    if (rule.kind === 'writes') {
      if (!leads)
        throw new ServerFailure(
          'Neo.ClientError.Cluster.NotALeader',
          'No write operations are allowed on this database: it is a follower',
        )
      if (request.mode === 'READ')
        throw new ServerFailure('Neo.ClientError.Statement.AccessMode', 'Writing in read access mode not allowed')
    }
    const staged = this.#stagedOf(request.transaction)
    const seen = leads ? log.values : log.values.slice(0, log.followed())
    const view = [...seen, ...staged]
    const rows = rule.answer(view, request.parameters)
    if (rule.kind === 'writes') staged.push(...view.slice(seen.length + staged.length))
    const keys = keysOf(rows)
    return {
      keys,
      rows: rows.map((row) => valuesOf(keys, row)),
      summary: () => ({ type: rule.kind === 'writes' ? 'rw' : 'r' }),
    }
  }

  /** @internal */
  async end(how: Ending, request: TransactionRequest): Promise<string | undefined> {
    await this.#injectFault()
    if (how === 'rollback') return undefined
    const { log } = this.#cluster
    log.append(this.#stagedOf(request))
    return log.bookmark()
  }

  #stagedOf(transaction: TransactionRequest): unknown[] {
    let staged = this.#staged.get(transaction)
    if (staged === undefined) {
      staged = []
      this.#staged.set(transaction, staged)
    }
    return staged
  }

  /** Waits until this member has applied the writes that the bookmarks name. */
  async #caughtUp({ bookmarks }: TransactionRequest): Promise<void> {
    await this.#injectFault()
    if (this.#cluster.leads(this)) return
    const position = positionIn(bookmarks)
    while (this.#cluster.log.followed() < position) {
      const ms = this.#cluster.log.wait(position)
      await new Promise((resolve) => setTimeout(resolve, ms + 1))
    }
  }

  /** Hangs after {@link hang}, or fails with the next code of {@link answers}. Begins the handling of each request. */
  async #injectFault(): Promise<void> {
    if (this.#hanging) await new Promise(() => undefined)
    const code = this.#errors.shift()
    if (code !== undefined) throw new ServerFailure(code, `scripted failure ${code}`)
  }
}
