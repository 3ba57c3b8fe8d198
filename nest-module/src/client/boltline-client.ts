/** The injectable client; its queries join the open transaction. */

import {
  type AccessMode,
  type NotInferred,
  type NotPassed,
  type ParametersFor,
  type QueryAlone,
  type Result,
  type ResultFor,
  ResultNotSingleError,
  ResultPromise,
  type ResultSummary,
  type RowFor,
} from '@boltline/core'
import { abortSignal, checkedOptions, duration, flag, isGiven, name } from '@boltline/core/options'
import { AccessModeError, NoTransactionError } from '../errors.ts'
import { scopeOf, type TransactionHost } from '../transactions/transaction-host.ts'
import { accessMode, metadataOf, type TransactionMode } from '../transactions/transaction-options.ts'
import type { TransactionScope } from '../transactions/transaction-scope.ts'
import type { PlainQueries, PlainRequest } from './plain-queries.ts'
import { updatingClause } from './updating-clause.ts'

/** The settings of one query. All are optional. */
export interface QueryOptions {
  /**
   * Whether the query reads or writes. A write inside of a read transaction is refused. Default: inside of a
   * transaction, derived from the query's text; outside, the module's `transaction.mode`, else `'write'`.
   */
  readonly mode?: TransactionMode | null | undefined
  /** The database. Inside of a transaction it must be the transaction's. */
  readonly database?: string | null | undefined
  /** The user to impersonate. Inside of a transaction it must be the transaction's. */
  readonly impersonatedUser?: string | null | undefined
  /** The server's timeout of the query in ms; outside of a transaction only. */
  readonly timeout?: number | null | undefined
  /** Metadata of the query's own transaction; outside of a transaction only. */
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
  /**
   * Aborts the query, which rejects with the signal's reason. Inside of a transaction the abort ends the whole transaction,
   * because Neo4j doesn't continue a transaction after an interrupted query.
   */
  readonly signal?: AbortSignal | null | undefined
  /**
   * Whether the query is aborted when the client of its HTTP request disconnects; outside of a transaction only. Default: the module's
   * `abort`, else true.
   */
  readonly abort?: boolean | null | undefined
}

/** A query's parameters. */
export type Parameters = Readonly<Record<string, unknown>>

const KEYS = [
  'mode',
  'database',
  'impersonatedUser',
  'timeout',
  'metadata',
  'signal',
  'abort',
] as const satisfies readonly (keyof QueryOptions)[]

interface CheckedQueryOptions extends PlainRequest {
  readonly mode: AccessMode | undefined
}

/** Creates a client. Applications inject theirs. */
export let boltlineClientOf: (host: TransactionHost, plain: PlainQueries) => BoltlineClient

/**
 * Runs queries on one connection. Inside of a transactional method they join its transaction; elsewhere each is a
 * transaction of its own, retried after retryable failures. A query rejects when the transaction of its code has ended; it
 * never runs in a transaction of its own instead.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class People {
 *   constructor(private readonly neo: BoltlineClient) {}
 *
 *   byAge(age: number): Promise<{ name: string }[]> {
 *     return this.neo.all('MATCH (p:Person {age: $age}) RETURN p.name AS name', { age }, { mode: 'read' })
 *   }
 * }
 * ```
 */
export class BoltlineClient {
  readonly #host: TransactionHost
  readonly #plain: PlainQueries

  static {
    boltlineClientOf = (host, plain) => new BoltlineClient(host, plain)
  }

  private constructor(host: TransactionHost, plain: PlainQueries) {
    this.#host = host
    this.#plain = plain
  }

  /**
   * Runs a query in the open transaction and returns its live result, to be read inside of the transaction.
   * @throws NoTransactionError (as a rejection) outside of one: there is no transaction in which the result could be read
   */
  run<Row extends object = NotPassed, const T extends string = string>(text: QueryAlone<T> & string): ResultFor<Row, T>
  run<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(text: T, parameters: ParametersFor<T, P>, options?: QueryOptions | null): ResultFor<Row, T>
  run(text: string, parameters?: object | null, options?: QueryOptions | null): ResultPromise {
    try {
      const scope = scopeOf(this.#host)
      if (scope !== undefined) {
        const asked = checked(options)
        const result = inScope(scope, text, parameters, asked)
        scope.track(result, asked.signal)
        return result
      }
      throw new NoTransactionError(
        'run() gives a live result, which needs an open transaction. Call it inside of a method with @Transactional() or of host.run(), or use all(), one(), oneOrNull() or consume(), which read the result themselves',
      )
    } catch (error) {
      return new ResultPromise((_resolve, reject) => reject(error))
    }
  }

  /** Runs a query and returns all rows as plain objects. */
  all<Row extends object = NotPassed, const T extends string = string>(
    text: QueryAlone<T> & string,
  ): Promise<RowFor<Row, T>[]>
  all<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(text: T, parameters: ParametersFor<T, P>, options?: QueryOptions | null): Promise<RowFor<Row, T>[]>
  all(text: string, parameters?: object | null, options?: QueryOptions | null): Promise<object[]> {
    return this.#read(text, parameters, options, async (result) => {
      const rows: object[] = []
      for await (const record of result) rows.push(record.toObject())
      return rows
    })
  }

  /**
   * Runs a query and returns its only row as a plain object.
   * @throws ResultNotSingleError when there is none, or more than one
   */
  one<Row extends object = NotPassed, const T extends string = string>(
    text: QueryAlone<T> & string,
  ): Promise<RowFor<Row, T>>
  one<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(text: T, parameters: ParametersFor<T, P>, options?: QueryOptions | null): Promise<RowFor<Row, T>>
  one(text: string, parameters?: object | null, options?: QueryOptions | null): Promise<object> {
    return this.#read(text, parameters, options, async (result) => {
      const record = await result.single({ strict: true })
      return record.toObject()
    })
  }

  /**
   * Runs a query and returns its row as a plain object, or null when there is none.
   * @throws ResultNotSingleError when there is more than one
   */
  oneOrNull<Row extends object = NotPassed, const T extends string = string>(
    text: QueryAlone<T> & string,
  ): Promise<RowFor<Row, T> | null>
  oneOrNull<
    Row extends object = NotPassed,
    const T extends string = string,
    P extends object | null | undefined = NotInferred,
  >(text: T, parameters: ParametersFor<T, P>, options?: QueryOptions | null): Promise<RowFor<Row, T> | null>
  oneOrNull(text: string, parameters?: object | null, options?: QueryOptions | null): Promise<object | null> {
    return this.#read(text, parameters, options, async (result) => {
      const [record, another] = await result.fetch(2)
      await result.consume()
      if (another !== undefined) {
        throw new ResultNotSingleError('Expected one record or none, found more than one. Make the query return one')
      }
      return record?.toObject() ?? null
    })
  }

  /** Runs a query, discards its rows and returns the summary: counters, notifications, plan. */
  consume<const T extends string = string>(text: QueryAlone<T> & string): Promise<ResultSummary>
  consume<const T extends string = string, P extends object | null | undefined = NotInferred>(
    text: T,
    parameters: ParametersFor<T, P>,
    options?: QueryOptions | null,
  ): Promise<ResultSummary>
  consume(text: string, parameters?: object | null, options?: QueryOptions | null): Promise<ResultSummary> {
    return this.#read(text, parameters, options, (result) => result.consume())
  }

  async #read<T>(
    text: string,
    parameters: object | null | undefined,
    options: QueryOptions | null | undefined,
    read: (result: Result) => Promise<T>,
  ): Promise<T> {
    const asked = checked(options)
    const scope = scopeOf(this.#host)
    if (scope === undefined) return this.#plain.run(text, parameters ?? undefined, asked, read)
    const reading = inScope(scope, text, parameters, asked).then(read)
    scope.track(reading, asked.signal)
    return reading
  }
}

function inScope<Row extends object>(
  scope: TransactionScope,
  text: string,
  parameters: object | null | undefined,
  asked: CheckedQueryOptions,
): ResultPromise<Row> {
  if (scope.mode === 'READ' && asked.mode === undefined) {
    const clause = updatingClause(text)
    if (clause !== undefined) {
      throw new AccessModeError(
        `A query with ${clause} was run inside of the read transaction of ${scope.initiator}. Make that one a write transaction; if the query doesn't write, say so with { mode: 'read' }`,
      )
    }
  }
  return scope.run<Row>(text, parameters ?? undefined, asked)
}

function checked(given: unknown): CheckedQueryOptions {
  const options = checkedOptions(given, KEYS, 'query')
  return {
    mode: accessMode('mode', options.mode),
    database: name('database', options.database, undefined),
    impersonatedUser: name('impersonatedUser', options.impersonatedUser, undefined),
    timeout: duration('timeout', options.timeout, undefined),
    metadata: metadataOf(options.metadata),
    signal: abortSignal('signal', options.signal),
    abort: isGiven(options.abort) ? flag('abort', options.abort, true) : undefined,
  }
}
