import { hasBrand } from '../errors/error-class.ts'
import { ConfigurationError } from '../errors/index.ts'
import { checkedOptions, found, isGiven } from '../platform/checked-options.ts'

/** Settings of a transaction that a {@link Query} or {@link unitOfWork} can carry. */
export interface QuerySettings {
  /** Attached to the transaction: shown by `SHOW TRANSACTIONS` and written to the server's query log. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown> | null | undefined
  /**
   * After how many ms the server ends the transaction. 0 or `Infinity`: never. Fractions are rounded up. Default: the server's.
   */
  readonly timeout?: number | null | undefined
}

/** Settings of a transaction after they have been checked: only what was given. */
export interface CheckedQuerySettings {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Whole ms; 0 is no limit. */
  readonly timeout?: number | undefined
}

const QUERY = Symbol.for('boltline.Query')

/**
 * A query text together with settings of the transaction it runs in.
 *
 * @example
 * ```ts
 * await session.run(new Query('MATCH (n) RETURN count(n)', { timeout: 5_000, metadata: { job: 'report' } }))
 * ```
 */
export class Query<Text extends string = string> {
  static {
    Object.defineProperty(Query.prototype, QUERY, { value: true })
  }

  readonly text: Text
  /** As given, copied. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** In whole ms; 0: no limit. */
  readonly timeout: number | undefined

  /** @throws ConfigurationError when `text` is no string or a setting is wrong */
  constructor(text: Text, settings?: QuerySettings | null) {
    if (typeof text !== 'string')
      throw new ConfigurationError(`The text of a Query must be a string, found ${found(text)}`)
    const { metadata, timeout } = querySettings(settings, 'Query')
    this.text = text
    this.metadata = metadata
    this.timeout = timeout
    Object.freeze(this)
  }
}

/** Whether `value` is a {@link Query}, also of another copy of this package. */
export function isQuery(value: unknown): value is Query {
  return hasBrand(value, QUERY)
}

const UNIT_OF_WORK = Symbol.for('boltline.unitOfWork')

/**
 * Attaches transaction settings to a transaction function for `executeRead` and `executeWrite`; options of the call take
 * precedence, key by key. Returns a new function and does not change `work`.
 *
 * @example
 * ```ts
 * const countPeople = unitOfWork({ timeout: 5_000 })(async (tx: ManagedTransaction) => {
 *   const record = await tx.run('MATCH (p:Person) RETURN count(p) AS n').single({ strict: true })
 *   return record.get('n')
 * })
 * await session.executeRead(countPeople)
 * ```
 */
export function unitOfWork(
  settings?: QuerySettings | null,
): <Args extends unknown[], R>(work: (...args: Args) => R) => (...args: Args) => R {
  const own = querySettings(settings, 'unitOfWork')
  return <Args extends unknown[], R>(work: (...args: Args) => R) => {
    if (typeof work !== 'function') throw new ConfigurationError(`unitOfWork takes a function, found ${found(work)}`)
    function attached(this: unknown, ...args: Args): R {
      return work.apply(this, args)
    }
    Object.defineProperty(attached, 'name', { configurable: true, value: work.name })
    Object.defineProperty(attached, UNIT_OF_WORK, { value: Object.freeze({ ...unitOfWorkSettings(work), ...own }) })
    return attached
  }
}

/** The settings that {@link unitOfWork} attached to `work`; empty when there are none. */
export function unitOfWorkSettings(work: unknown): CheckedQuerySettings {
  if (typeof work !== 'function') return {}
  return (work as { [UNIT_OF_WORK]?: CheckedQuerySettings })[UNIT_OF_WORK] ?? {}
}

/** Checks `metadata` and `timeout`; `owner` is the name in errors of the object that holds them. */
export function querySettings(settings: unknown, owner: string): CheckedQuerySettings {
  const options = checkedOptions(settings, ['metadata', 'timeout'], owner)
  const metadata = transactionMetadata(options.metadata)
  const timeout = transactionTimeout(options.timeout)
  return { ...(metadata !== undefined && { metadata }), ...(timeout !== undefined && { timeout }) }
}

/** A copy of the metadata as a plain object; undefined when it is not given. */
export function transactionMetadata(metadata: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isGiven(metadata)) return undefined
  if (metadata instanceof Map) {
    for (const key of metadata.keys()) {
      if (typeof key === 'string') continue
      throw new ConfigurationError(`The keys of metadata must be strings, found ${found(key)}`)
    }
    return Object.freeze(Object.fromEntries(metadata))
  }
  if (typeof metadata !== 'object' || !isPlain(metadata)) {
    throw new ConfigurationError(`metadata must be a plain object or a Map with string keys, found ${found(metadata)}`)
  }
  return Object.freeze(Object.fromEntries(Object.entries(metadata)))
}

/** The timeout in whole ms; undefined when it is not given. */
export function transactionTimeout(timeout: unknown): number | undefined {
  if (!isGiven(timeout)) return undefined
  if (typeof timeout !== 'number' || Number.isNaN(timeout) || timeout < 0) {
    throw new ConfigurationError(
      `timeout must be a number of milliseconds from 0 on (0: no limit), found ${found(timeout)}`,
    )
  }
  if (timeout === Number.POSITIVE_INFINITY) return 0
  return Math.min(Math.ceil(timeout), Number.MAX_SAFE_INTEGER)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}
