/** Queries that take part in whatever transaction is open: what services and repositories have injected. */

import { type AccessMode, type Result, ResultNotSingleError, ResultPromise, type ResultSummary } from '@boltline/core'
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
   * Whether the query reads or writes. Inside of a transaction a write has to be in one that writes. Default: inside of a
   * transaction what its text says, outside the module's `transaction.mode`, else `'write'`.
   */
  readonly mode?: TransactionMode | null | undefined
  /** The database; inside of a transaction it has to be the transaction's. */
  readonly database?: string | null | undefined
  /** In whose name; inside of a transaction it has to be the transaction's. */
  readonly impersonatedUser?: string | null | undefined
  /** After how many ms the server ends the query; outside of a transaction only. */
  readonly timeout?: number | null | undefined
  /** Metadata of the query's own transaction; outside of a transaction only. */
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
  /**
   * Calls the query off: it rejects with the signal's reason. Inside of a transaction that ends the whole transaction, which
   * Neo4j doesn't continue after a query that was interrupted.
   */
  readonly signal?: AbortSignal | null | undefined
  /**
   * Whether the query ends when the client of its HTTP request leaves; outside of a transaction only. Default: the module's
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

/** Makes a client; users have theirs injected. */
export let boltlineClientOf: (host: TransactionHost, plain: PlainQueries) => BoltlineClient

/**
 * Runs queries on one connection. Inside of a transactional method they belong to its transaction; elsewhere each is a
 * transaction of its own, retried after failures that may pass. A query in a transaction that has ended is refused; it never
 * becomes one of its own.
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
   * Runs a query in the open transaction and gives its live result, to be read inside of the transaction.
   * @throws NoTransactionError (as a rejection) outside of one: there is no transaction in which the result could be read
   */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  run<Row extends object = any>(
    text: string,
    parameters?: Parameters,
    options?: QueryOptions | null,
  ): ResultPromise<Row> {
    try {
      const scope = scopeOf(this.#host)
      if (scope !== undefined) {
        const asked = checked(options)
        const result = inScope<Row>(scope, text, parameters, asked)
        scope.track(result, asked.signal)
        return result
      }
      throw new NoTransactionError(
        'run() gives a live result, which needs an open transaction. Call it inside of a method with @Transactional() or of host.run(), or use all(), one(), oneOrNull() or consume(), which read the result themselves',
      )
    } catch (error) {
      return new ResultPromise<Row>((_resolve, reject) => reject(error))
    }
  }

  /** All rows as plain objects. */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  all<Row extends object = any>(text: string, parameters?: Parameters, options?: QueryOptions | null): Promise<Row[]> {
    return this.#read(text, parameters, options, async (result) => {
      const rows: Row[] = []
      for await (const record of result) rows.push(record.toObject() as Row)
      return rows
    })
  }

  /**
   * Exactly one row as a plain object.
   * @throws ResultNotSingleError when there is none, or more than one
   */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  one<Row extends object = any>(text: string, parameters?: Parameters, options?: QueryOptions | null): Promise<Row> {
    return this.#read(text, parameters, options, async (result) => {
      const record = await result.single({ strict: true })
      return record.toObject() as Row
    })
  }

  /**
   * One row as a plain object, or null where there is none.
   * @throws ResultNotSingleError when there is more than one
   */
  // biome-ignore lint/suspicious/noExplicitAny: a row nobody described is read without casts
  oneOrNull<Row extends object = any>(
    text: string,
    parameters?: Parameters,
    options?: QueryOptions | null,
  ): Promise<Row | null> {
    return this.#read(text, parameters, options, async (result) => {
      const [record, another] = await result.fetch(2)
      await result.consume()
      if (another !== undefined) {
        throw new ResultNotSingleError('Expected one record or none, found more than one. Make the query return one')
      }
      return (record?.toObject() as Row | undefined) ?? null
    })
  }

  /** Runs a query for its effect and gives the summary: counters, notifications, plan. */
  consume(text: string, parameters?: Parameters, options?: QueryOptions | null): Promise<ResultSummary> {
    return this.#read(text, parameters, options, (result) => result.consume())
  }

  async #read<T>(
    text: string,
    parameters: Parameters | undefined,
    options: QueryOptions | null | undefined,
    read: (result: Result) => Promise<T>,
  ): Promise<T> {
    const asked = checked(options)
    const scope = scopeOf(this.#host)
    if (scope === undefined) return this.#plain.run(text, parameters, asked, read)
    const reading = inScope(scope, text, parameters, asked).then(read)
    scope.track(reading, asked.signal)
    return reading
  }
}

function inScope<Row extends object>(
  scope: TransactionScope,
  text: string,
  parameters: Parameters | undefined,
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
  return scope.run<Row>(text, parameters, asked)
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
