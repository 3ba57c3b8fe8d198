/**
 * Checks of options objects, for every function that takes one: the error for an unknown key names the nearest known key, because
 * a misspelled option that is silently ignored would be noticed only in production. `undefined` and `null` mean that an option is
 * not given.
 */
import { ConfigurationError } from '../errors/index.ts'

/** An options object whose keys have been checked, its values not yet. */
export type UncheckedOptions<Key extends string> = { readonly [K in Key]?: unknown }

/** Whether a setting is given at all. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null
}

/**
 * Checks that `options` is an object (or not given, which is an empty one) with no keys but the known ones.
 *
 * @param owner - whose options they are, as the error calls them: `driver`, `session`, `executeQuery`
 */
export function checkedOptions<Key extends string>(
  options: unknown,
  known: readonly Key[],
  owner: string,
): UncheckedOptions<Key> {
  if (!isGiven(options)) return {}
  if (typeof options !== 'object' || Array.isArray(options) || options instanceof Map) {
    throw new ConfigurationError(`The ${owner} options must be a plain object, found ${found(options)}`)
  }
  for (const key of Object.keys(options)) {
    if ((known as readonly string[]).includes(key)) continue
    const hint = known.length === 0 ? 'there are none to give' : `did you mean ${JSON.stringify(nearest(key, known))}?`
    throw new ConfigurationError(`Unknown ${owner} option ${JSON.stringify(key)}; ${hint}`)
  }
  return options as UncheckedOptions<Key>
}

/** What kind of value was found, for error messages; never the value itself, which may be a secret in the wrong place. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of class ${name}` : 'an object'
}

/**
 * The word among `known` with the smallest edit distance to `word` in relation to its length, so that half of a long name matches
 * that name rather than a short one. Case, `_` and `-` are ignored.
 */
export function nearest<Word extends string>(word: string, known: readonly Word[]): Word | undefined {
  let best: Word | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const edits = editDistance(plain(word), plain(candidate)) / Math.max(word.length, candidate.length, 1)
    if (edits < fewest) {
      best = candidate
      fewest = edits
    }
  }
  return best
}

function plain(word: string): string {
  return word.replaceAll(/[_-]/g, '').toLowerCase()
}

/** Levenshtein's distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
