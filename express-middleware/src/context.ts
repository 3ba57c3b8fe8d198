/** What a request has of the database: `req.neo4j`. A thin handle; what is behind it is made at the first use. */

import type { ServerResponse } from 'node:http'
import {
  Bookmarks,
  type EagerResult,
  type ExecuteQueryConfig,
  type ManagedTransactionConfig,
  type Query,
  type ResultTransformer,
  type Session,
  type SessionConfig,
  type TransactionConfig,
  type TransactionWorkFunction,
} from '@boltline/core'
import type { Application } from './application.ts'
import type { IncomingBookmarks } from './bookmark-exchange.ts'
import { fetchWithBookmarks } from './fetch.ts'
import { RecordStream } from './record-stream.ts'
import { placeOf, RequestScope } from './request-scope.ts'

/** Makes a context; the middleware does. */
export let contextOf: (
  application: Application,
  response: ServerResponse,
  incoming: IncomingBookmarks | null,
) => BoltlineContext

/** Whether something is a context that the middleware of an application has made. */
export let isOf: (value: unknown, application: Application) => boolean

/** What a context is a handle of, where it has been used; null where it hasn't. */
export let scopeOf: (context: BoltlineContext) => RequestScope | null

/**
 * The database as one request sees it. Everything done with it is chained: what comes later sees what came before, also
 * on other servers of a cluster, and so does the client's next request where bookmarks travel. It needs no closing, and no connection
 * is held between calls.
 *
 * @example
 * ```ts
 * app.get('/people/:id', async (req, res) => {
 *   const { records } = await req.neo4j.query('MATCH (p:Person {id: $id}) RETURN p.name AS name', { id: req.params.id })
 *   records.length === 0 ? res.sendStatus(404) : res.json(records[0])
 * })
 * ```
 */
export class BoltlineContext {
  readonly #application: Application
  readonly #response: ServerResponse
  readonly #incoming: IncomingBookmarks | null
  #used: RequestScope | null = null

  static {
    contextOf = (application, response, incoming) => new BoltlineContext(application, response, incoming)
    scopeOf = (context) => context.#used
    isOf = (value, application) => value instanceof BoltlineContext && value.#application === application
  }

  private constructor(application: Application, response: ServerResponse, incoming: IncomingBookmarks | null) {
    this.#application = application
    this.#response = response
    this.#incoming = incoming
  }

  /**
   * Runs a query in a transaction of its own and gives the whole result, as `driver.executeQuery` does. Where it goes depends on the
   * request (`accessMode`), unless `options.routing` says so.
   *
   * @throws ClientGone (as a rejection) when the client has gone meanwhile
   */
  query<T>(
    text: string | Query,
    parameters: object | null | undefined,
    options: ExecuteQueryConfig & { readonly resultTransformer: ResultTransformer<T> },
  ): Promise<T>
  // biome-ignore lint/suspicious/noExplicitAny: rows without a type are read without casts
  query<Row extends object = any>(
    text: string | Query,
    parameters?: object | null,
    options?: (ExecuteQueryConfig & { readonly resultTransformer?: null | undefined }) | null,
  ): Promise<EagerResult<Row>>
  async query(text: string | Query, parameters?: object | null, options?: ExecuteQueryConfig | null): Promise<unknown> {
    const given = options ?? {}
    const scope = this.#scope
    const { identity } = scope
    const { driver, settings } = this.#application
    const database = given.database ?? identity.database
    const routing = given.routing ?? identity.mode
    const ofQuery = typeof text === 'string' ? undefined : text.timeout
    const { signal, release } = scope.signalWith(given.signal)
    try {
      return await scope.during(() =>
        driver.executeQuery(text, parameters, {
          ...given,
          routing,
          database,
          impersonatedUser: given.impersonatedUser ?? identity.impersonatedUser,
          auth: given.auth ?? identity.auth,
          bookmarkManager:
            given.bookmarkManager === undefined
              ? scope.bookmarkManager(database, routing === 'WRITE' || routing === 'w')
              : given.bookmarkManager,
          timeout: given.timeout ?? ofQuery ?? settings.transactionTimeout,
          bookmarkTimeout: given.bookmarkTimeout ?? settings.waitTimeout,
          signal,
        } as ExecuteQueryConfig & { readonly resultTransformer?: undefined }),
      )
    } finally {
      release()
    }
  }

  /** Does `work` in a read transaction; see `session.executeRead`. */
  async read<T>(work: TransactionWorkFunction<T>, options?: ManagedTransactionConfig | null): Promise<T> {
    return this.#managed('READ', (session) => session.executeRead(work, options))
  }

  /**
   * Does `work` in a write transaction: committed when it succeeds, rolled back when it throws, done again after failures
   * that may pass; see `session.executeWrite`. In a GET too: who calls it means it.
   */
  async write<T>(work: TransactionWorkFunction<T>, options?: ManagedTransactionConfig | null): Promise<T> {
    return this.#managed('WRITE', (session) => session.executeWrite(work, options))
  }

  /**
   * Opens a session, a new one for each call: things that are done side by side need one each. One that is still open at
   * the end of the request is closed then, with a warning.
   *
   * @throws Error when the request is over already
   */
  session(options?: SessionConfig | null): Session {
    return this.#scope.openSession(options, placeOf(this.session))
  }

  /**
   * Reads a result record by record, however large it is, at the pace of its reader. It holds a connection until its last records have
   * arrived, the loop is left, or the response is over. At most `maxStreams` run at a time, further ones wait in line; one whose
   * reader asks for no record within `streamIdleTimeout` is ended.
   *
   * @throws ClientGone when the client has gone meanwhile
   * @throws StreamLimitError when no other stream ends within `streamQueueTimeout`
   * @throws StreamIdleError when it was ended because it stood still
   *
   * @example
   * ```ts
   * async function* lines(people: AsyncIterable<BoltRecord>) {
   *   for await (const person of people) yield JSON.stringify(person) + '\n'
   * }
   * const people = await req.neo4j.stream('MATCH (p:Person) RETURN p.name AS name').ready()
   * await pipeline(lines(people), res)
   * ```
   */
  // biome-ignore lint/suspicious/noExplicitAny: rows without a type are read without casts
  stream<Row extends object = any>(
    text: string | Query,
    parameters?: object | null,
    options?: TransactionConfig | null,
  ): RecordStream<Row> {
    const opened = placeOf(this.stream)
    const records = this.#application.settings.streams.read(() => {
      const scope = this.#scope
      const { mode, database } = scope.identity
      const bookmarkManager = scope.bookmarkManager(database, mode === 'WRITE')
      let session: Session | undefined
      return {
        signal: scope.signal,
        open: (idle) => {
          session = scope.openSession({ bookmarkManager, signal: idle }, opened)
          return session.run<Row>(text, parameters, options)
        },
        whenOver: (over) => scope.whenOver(over),
        close: () =>
          scope.during(async () => {
            if (session === undefined) return
            await session.close()
            scope.closed(session)
          }),
        cut: (error) => scope.idle(error),
      }
    })
    return new RecordStream<Row>(records, (error) => this.#used?.keepAnswerable(error))
  }

  /** What the request has seen so far, including what the client has seen before. */
  get bookmarks(): Bookmarks {
    return this.#scope.exchange.seen.current()
  }

  /** Adds what another request or service has seen: later work of this request sees it too, and so will the client. */
  addBookmarks(values: Bookmarks | Iterable<string>): void {
    const { exchange } = this.#scope
    const checked = Bookmarks.fromRawValues(values)
    exchange.updated(() => exchange.seen.add(checked), true)
  }

  /**
   * What the request has seen, in the form in which a client sends it back: for the last record of an NDJSON or SSE stream,
   * whose headers left before anything was known. Null where bookmarks don't travel, or there are none.
   *
   * @example
   * ```ts
   * res.write(`event: bookmark\ndata: ${req.neo4j.bookmarkToken()}\n\n`)
   * ```
   */
  bookmarkToken(): string | null {
    return this.#scope.exchange.token()
  }

  /**
   * Aborted when the client is gone before its answer was finished; the reason is a {@link ClientGone}, or the error for which the
   * middleware has cut the answer off.
   */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /**
   * Calls another service. To the origins of `fetchOrigins` it carries what the request has seen, and takes what comes back; then
   * redirects are refused, so that nothing gets anywhere else. To others it is the `fetch` of Node. Called off when the
   * client is gone.
   */
  async fetch(url: string | URL | Request, init?: RequestInit | null): Promise<Response> {
    return fetchWithBookmarks(this.#scope, this.#application.settings.fetchOrigins, url, init)
  }

  get #scope(): RequestScope {
    this.#used ??= new RequestScope(this.#application, this.#response, this.#incoming)
    this.#used.here()
    return this.#used
  }

  async #managed<T>(mode: 'READ' | 'WRITE', work: (session: Session) => Promise<T>): Promise<T> {
    const scope = this.#scope
    const bookmarkManager = scope.bookmarkManager(scope.identity.database, mode === 'WRITE')
    return scope.inSession(scope.sessionConfig({ bookmarkManager }), work)
  }
}
