import { ConfigurationError } from '../errors/index.ts'
import { found, isGiven, nearest } from '../platform/checked-options.ts'
import type { IntegerMode } from '../values/integer.ts'

/** What Cypher INTEGERs can become. */
export const INTEGER_MODES: readonly IntegerMode[] = ['number', 'bigint', 'auto']

/** A boolean setting. */
export function flag<Fallback>(setting: string, value: unknown, fallback: Fallback): boolean | Fallback {
  if (!isGiven(value)) return fallback
  if (typeof value === 'boolean') return value
  throw new ConfigurationError(`${setting} must be true or false, found ${found(value)}`)
}

/** A duration in ms from 0 on; `Infinity` is none. */
export function duration<Fallback>(setting: string, value: unknown, fallback: Fallback): number | Fallback {
  if (!isGiven(value)) return fallback
  if (typeof value === 'number' && value >= 0) return value
  throw new ConfigurationError(
    `${setting} must be a number of milliseconds from 0 on, or Infinity for no limit, found ${found(value)}`,
  )
}

/** An upper limit: a whole number from 1 on, or `Infinity`. */
export function limit<Fallback>(setting: string, value: unknown, fallback: Fallback): number | Fallback {
  if (!isGiven(value)) return fallback
  if (typeof value === 'number' && value >= 1 && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY)) {
    return value
  }
  throw new ConfigurationError(
    `${setting} must be a whole number from 1 on, or Infinity for no limit, found ${found(value)}`,
  )
}

/** How many records to request at once: a whole number from 1 on; −1 or `Infinity`: all. */
export function recordCount<Fallback>(setting: string, value: unknown, fallback: Fallback): number | Fallback {
  if (!isGiven(value)) return fallback
  if (value === -1 || value === Number.POSITIVE_INFINITY) return -1
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new ConfigurationError(
    `${setting} must be a whole number from 1 on, or -1 for all records at once, found ${found(value)}`,
  )
}

/** A non-empty string. An empty name of a database or user is usually an unset environment variable. */
export function name<Fallback>(setting: string, value: unknown, fallback: Fallback): string | Fallback {
  if (!isGiven(value)) return fallback
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigurationError(
    `${setting} must be a non-empty string, found ${found(value)}; leave it out for the default`,
  )
}

/** One of the given words. */
export function choice<Word extends string, Fallback>(
  setting: string,
  value: unknown,
  words: readonly Word[],
  fallback: Fallback,
): Word | Fallback {
  if (!isGiven(value)) return fallback
  const word = words.find((candidate) => candidate === value)
  if (word !== undefined) return word
  const shown =
    typeof value === 'string' ? `${JSON.stringify(value)}; did you mean '${nearest(value, words)}'?` : found(value)
  throw new ConfigurationError(
    `${setting} must be one of ${words.map((known) => `'${known}'`).join(', ')}, found ${shown}`,
  )
}

/** A check for one of the given words. */
export function oneOf<Word extends string>(words: readonly Word[]): (setting: string, value: unknown) => Word {
  return (setting, value) => choice(setting, value, words, undefined) as Word
}

/** A check for any number of the given words. */
export function someOf<Word extends string>(
  words: readonly Word[],
): (setting: string, value: unknown) => readonly Word[] {
  return (setting, value) => choices(setting, value, words, undefined) as readonly Word[]
}

/** Any number of the given words, without duplicates. */
export function choices<Word extends string, Fallback>(
  setting: string,
  value: unknown,
  words: readonly Word[],
  fallback: Fallback,
): readonly Word[] | Fallback {
  if (!isGiven(value)) return fallback
  if (typeof value !== 'object' || !(Symbol.iterator in value)) {
    throw new ConfigurationError(`${setting} must be an array or another iterable of strings, found ${found(value)}`)
  }
  const chosen = new Set<Word>()
  for (const item of value as Iterable<unknown>) {
    const word = choice(`Each of ${setting}`, item, words, undefined)
    if (word === undefined) throw new ConfigurationError(`${setting} must hold strings only, found ${found(item)}`)
    chosen.add(word)
  }
  return Object.freeze([...chosen])
}

/** A function. */
export function callback<Callback>(setting: string, value: unknown): Callback | undefined {
  if (!isGiven(value)) return undefined
  if (typeof value !== 'function') throw new ConfigurationError(`${setting} must be a function, found ${found(value)}`)
  return value as Callback
}

/** An abort signal. */
export function abortSignal(setting: string, value: unknown): AbortSignal | undefined {
  if (!isGiven(value)) return undefined
  const { aborted, addEventListener } = value as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return value as AbortSignal
  throw new ConfigurationError(`${setting} must be an AbortSignal, found ${found(value)}`)
}
