import { found } from '../platform/checked-options.ts'
import { isPlainObject } from './plain-object.ts'

/**
 * Reads the key-value pairs of the source of `new Record(source)`.
 * @throws TypeError for an invalid source or pair
 */
export function pairsOf(source: unknown): Map<string, unknown> {
  const pairs = new Map<string, unknown>()
  for (const pair of pairsIn(source)) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError(`A record is made from [key, value] pairs; the iterable holds ${found(pair)}.`)
    const [key, value] = pair as [unknown, unknown]
    if (typeof key !== 'string') throw new TypeError(`A record's keys are strings; found ${found(key)}.`)
    if (pairs.has(key)) throw new TypeError(`A record's keys are unique; '${key}' occurs twice.`)
    pairs.set(key, value)
  }
  return pairs
}

function pairsIn(source: unknown): Iterable<unknown> {
  if (isIterable(source)) return source
  if (isPlainObject(source)) return Object.entries(source)
  throw new TypeError(
    `A record is made from a plain object, a Map or an iterable of [key, value] pairs; found ${found(source)}.`,
  )
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
