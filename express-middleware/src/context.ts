/** `req.neo4j`, the handle through which a request uses the database. The state behind it is created on first use. */

import type { ServerResponse } from 'node:http'
import {
  Bookmarks,
  type EagerFor,
  type ExecuteQueryConfig,
  type ManagedTransactionConfig,
  type NotInferred,
  type NotPassed,
  type ParametersFor,
  type Query,
  type QueryAlone,
  type ResultTransformer,
  type RowFor,
  type Session,
  type SessionConfig,
  type TransactionConfig,
  type TransactionWorkFunction,
} from '@boltline/core'
import { completeQueryConfig } from '@boltline/core/options'
import type { Application } from './application.ts'
import type { IncomingBookmarks } from './bookmark-exchange.ts'
import { fetchWithBookmarks } from './fetch.ts'
import { RecordStream } from './record-stream.ts'
import { placeOf, RequestScope } from './request-scope.ts'

/** Creates a context. Called by the middleware only. */
export let contextOf: (
  application: Application,
  response: ServerResponse,
  incoming: IncomingBookmarks | null,
) => BoltlineContext

/** Whether a value is a context created by this application's middleware. */
export let isOf: (value: unknown, application: Application) => boolean

/** The request scope of a context; null until the context is first used. */
export let scopeOf: (context: BoltlineContext) => RequestScope | null

/**
 * The database as one request sees it. Calls are causally chained: later calls see the effects of earlier ones, also on other
 * cluster members, and so does the client's next request if `bookmarks` are configured. It needs no closing and holds no
 * connection between calls.
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
   * Runs a query in its own managed transaction and returns the whole result, as `driver.executeQuery` does. The request's
   * `accessMode` routes it to a reader or writer unless `options.routing` is given.
   *
   * @throws ClientGone (as a rejection) if the client disconnects before the query ends
   */
  query<Row extends object = NotPassed, const T extends string = string>(text: QueryAlone<T>): Promise<EagerFor<Row, T>>
  query<R, const T extends string = string, P extends object | null | undefined = NotInferred>(
    text: T | Query<T>,
    parameters: ParametersFor<T, P>,
    options: ExecuteQueryConfig & { readonly resultTransformer: ResultTransformer<R> },
  ): Promise<R>
  query<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(
    text: T | Query<T>,
    parameters: ParametersFor<T, P>,
    options?: (ExecuteQueryConfig & { readonly resultTransformer?: null | undefined }) | null,
  ): Promise<EagerFor<Row, T>>
  async query(text: string | Query, parameters?: object | null, options?: ExecuteQueryConfig | null): Promise<unknown> {
    const scope = this.#scope
    const ofQuery = typeof text === 'string' ? undefined : text.timeout
    const { signal, release } = scope.signalWith(options?.signal)
    const given = { ...options, timeout: options?.timeout ?? ofQuery, signal }
    const defaults = scope.callDefaults((database, mode) =>
      scope.bookmarkManager(database, mode === 'WRITE' || mode === 'w'),
    )
    try {
      return await scope.during(() =>
        this.#application.driver.executeQuery(text, parameters, completeQueryConfig(given, defaults)),
      )
    } finally {
      release()
    }
  }

  /** Runs `work` in a managed read transaction, retried after transient failures; see `session.executeRead`. */
  async read<T>(work: TransactionWorkFunction<T>, options?: ManagedTransactionConfig | null): Promise<T> {
    return this.#managed('READ', (session) => session.executeRead(work, options))
  }

  /**
   * Runs `work` in a managed write transaction: commits when it resolves, rolls back when it throws, retries after transient
   * failures; see `session.executeWrite`. It writes whatever the HTTP method of the request is, also in a GET.
   */
  async write<T>(work: TransactionWorkFunction<T>, options?: ManagedTransactionConfig | null): Promise<T> {
    return this.#managed('WRITE', (session) => session.executeWrite(work, options))
  }

  /**
   * Opens a new session. Concurrent work needs a session each. A session that is still open when the request ends is closed
   * with a warning.
   *
   * @throws Error if the request has ended
   */
  session(options?: SessionConfig | null): Session {
    return this.#scope.openSession(options, placeOf(this.session))
  }

  /**
   * Streams a result record by record with backpressure. It holds a connection until the last records have arrived, the loop is
   * left, or the response is closed. At most `maxStreams` are open at a time and further ones wait; a stream whose reader
   * requests no record within `streamIdleTimeout` is closed.
   *
   * @throws ClientGone if the client disconnects before the stream ends
   * @throws StreamLimitError if no other stream ends within `streamQueueTimeout`
   * @throws StreamIdleError if the stream was closed because its reader was idle
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
  stream<Row extends object = NotPassed, const T extends string = string>(
    text: QueryAlone<T>,
  ): RecordStream<RowFor<Row, T>>
  stream<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(
    text: T | Query<T>,
    parameters: ParametersFor<T, P>,
    options?: TransactionConfig | null,
  ): RecordStream<RowFor<Row, T>>
  stream(text: string | Query, parameters?: object | null, options?: TransactionConfig | null): RecordStream {
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
          return session.run(text, parameters, options)
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
    return new RecordStream(records, (error) => this.#used?.keepAnswerable(error))
  }

  /** The bookmarks of the request so far, including those that the client sent. */
  get bookmarks(): Bookmarks {
    return this.#scope.exchange.seen.current()
  }

  /** Adds bookmarks of another request or service. Later work of this request waits for them, and the client receives them. */
  addBookmarks(values: Bookmarks | Iterable<string>): void {
    const { exchange } = this.#scope
    const checked = Bookmarks.fromRawValues(values)
    exchange.updated(() => exchange.seen.add(checked), true)
  }

  /**
   * Returns the request's bookmarks as a token that the client can send back. Use it in the last record of an NDJSON or SSE
   * stream, whose headers are sent before the bookmarks are known. Null if there are none or `bookmarks` is off.
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
   * Aborted when the client disconnects before the response is finished, with a {@link ClientGone} as the reason, or when the
   * middleware closes the connection after an error, with that error as the reason.
   */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /**
   * Calls another service. For origins in `fetchOrigins` it sends the request's bookmarks, adds those of the response, and
   * refuses redirects so that bookmarks reach no other origin. For other origins it is Node's `fetch`. It is aborted when
   * the client disconnects.
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
