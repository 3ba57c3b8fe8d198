/**
 * Settings as rows: how a value is checked, and what applies if none is given. The rows of an options object give its known keys,
 * its defaults and the type of its checked values. The documentation of a setting is the TSDoc of the interface that callers
 * see; the tables of docs/configuration.md are generated from both.
 */
import { checkedOptions, isGiven } from '../platform/checked-options.ts'

/** Returns a given value, converted where needed. Throws a ConfigurationError that names the setting if the value is wrong. */
type Check<Value> = (setting: string, value: unknown, fallback: never) => Value

/** One row before it has its name. */
export interface Row<Value> {
  readonly check: Check<Value>
  readonly fallback: Value
}

/** One setting of an options object. */
export class Setting<Value> {
  /** The key in the options object, with the path to it, as errors name it. */
  readonly name: string
  /** The value that applies if none is given. */
  readonly fallback: Value
  readonly #check: Check<Value>

  constructor(name: string, { check, fallback }: Row<Value>) {
    this.name = name
    this.fallback = fallback
    this.#check = check
  }

  /** The checked value, or the default if none is given. */
  read(value: unknown): Value {
    return isGiven(value) ? this.#check(this.name, value, undefined as never) : this.fallback
  }
}

/** The settings of an options object, by key. */
export type Settings<Rows> = {
  readonly [Key in keyof Rows]: Rows[Key] extends Row<infer Value> ? Setting<Value> : never
}

/** The checked values of an options object. */
export type Values<Known> = {
  readonly [Key in keyof Known]: Known[Key] extends Setting<infer Value> ? Value : never
}

/** Makes a row from a check and the default. */
export function setting<Value, const Fallback>(check: Check<Value>, fallback: Fallback): Row<Value | Fallback> {
  return { check, fallback }
}

/**
 * Makes the settings of an options object from its rows.
 *
 * @param path - where the object stands in other options, such as `startup.`; errors name it before the key
 */
export function defineSettings<Rows extends { readonly [key: string]: Row<unknown> }>(
  rows: Rows,
  path = '',
): Settings<Rows> {
  const named = Object.entries(rows).map(([key, row]) => [key, new Setting(`${path}${key}`, row)])
  return Object.freeze(Object.fromEntries(named))
}

/** The known keys, in the order of the rows. */
export function keysOf<Known extends object>(settings: Known): readonly (keyof Known & string)[] {
  return Object.freeze(Object.keys(settings)) as readonly (keyof Known & string)[]
}

/**
 * Checks an options object and fills in the defaults.
 *
 * @param owner - whose options they are, as the error for an unknown key calls them
 */
export function readSettings<Known extends { readonly [key: string]: Setting<unknown> }>(
  settings: Known,
  options: unknown,
  owner: string,
): Values<Known> {
  const keys = keysOf(settings)
  const given = checkedOptions(options, keys, owner)
  const values = keys.map((key) => [key, (settings[key] as Setting<unknown>).read(given[key])])
  return Object.fromEntries(values)
}
