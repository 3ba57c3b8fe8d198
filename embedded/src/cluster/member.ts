/** One server of a cluster stand-in: leads or follows, can die, hang, and answer whatever error it is told to. */

import { type Front, type FrontOptions, startFront } from '../front/front.ts'
import {
  type Ending,
  type QueryAnswer,
  type QueryHandler,
  type QueryRequest,
  type RoutingTable,
  ServerFailure,
  type TransactionRequest,
} from '../front/query-handler.ts'
import { keysOf, valuesOf } from '../scripted/rows.ts'
import { type ClusterLog, positionIn } from './log.ts'
import type { ClusterRules } from './rules.ts'

/** What a member knows of its cluster. */
export interface Surroundings {
  readonly log: ClusterLog
  readonly rules: ClusterRules
  readonly table: () => RoutingTable
  readonly leads: (member: Member) => boolean
}

/** A server of the cluster. */
export class Member implements QueryHandler {
  readonly #cluster: Surroundings
  readonly #options: FrontOptions
  /** What each open transaction has written and not committed. */
  readonly #staged = new WeakMap<TransactionRequest, unknown[]>()
  #front: Front | null = null
  #port = 0
  #hanging = false
  #errors: string[] = []
  /** How many queries it has answered. */
  queries = 0

  /** Made by {@link startCluster}. @internal */
  constructor(cluster: Surroundings, options: FrontOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** `host:port`, also while it is down. */
  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Whether it is listening. */
  get alive(): boolean {
    return this.#front !== null
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#front?.connections ?? 0
  }

  /** Ends whatever was ordered, and listens on the port it had before. */
  async start(): Promise<void> {
    this.#hanging = false
    this.#errors = []
    if (this.#front !== null) return this.#front.accept()
    this.#front = await startFront(this, { ...this.#options, port: this.#port })
    this.#port = this.#front.port
  }

  /** Cuts everybody off and refuses new connections, until {@link start}. */
  async die(): Promise<void> {
    const front = this.#front
    this.#front = null
    await front?.close()
  }

  /** Turns new clients away and goes on serving those it has, until {@link start}. */
  refuse(): void {
    this.#front?.refuse()
  }

  /** Answers nothing any more, until {@link start}. */
  hang(): void {
    this.#hanging = true
  }

  /** Fails the next requests with these codes, one each. */
  answers(...codes: readonly string[]): void {
    this.#errors.push(...codes)
  }

  /** @internal */
  route(): RoutingTable | Promise<RoutingTable> {
    if (this.#hanging) return never()
    this.#fail()
    return this.#cluster.table()
  }

  /** @internal */
  begin(request: TransactionRequest): Promise<void> {
    this.#staged.set(request, [])
    return this.#caughtUp(request)
  }

  /** @internal */
  async run(request: QueryRequest): Promise<QueryAnswer> {
    if (!request.inTransaction) await this.#caughtUp(request)
    else if (this.#hanging) await never()
    else this.#fail()
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
  end(how: Ending, request: TransactionRequest): string | undefined | Promise<undefined> {
    if (this.#hanging) return never()
    this.#fail()
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

  /** A follower first applies what the bookmarks name. */
  async #caughtUp({ bookmarks }: TransactionRequest): Promise<void> {
    if (this.#hanging) await never()
    this.#fail()
    if (this.#cluster.leads(this)) return
    const position = positionIn(bookmarks)
    while (this.#cluster.log.followed() < position) {
      const ms = this.#cluster.log.wait(position)
      await new Promise((resolve) => setTimeout(resolve, ms + 1))
    }
  }

  #fail(): void {
    const code = this.#errors.shift()
    if (code !== undefined) throw new ServerFailure(code, `scripted failure ${code}`)
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
