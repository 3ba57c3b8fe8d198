import { brandOf } from './brand.ts'

/** Properties of known types, among others of unknown ones. */
type Open<Properties> = Properties & Readonly<Record<string, unknown>>

/**
 * The base class of nodes and relationships: an `elementId` and properties. It declares no fields of its own, so that the
 * construction of an entity stays cheap.
 */
export abstract class Entity<Properties extends object = Record<string, unknown>> implements Iterable<string> {
  /**
   * The server's identity of this entity. It can mean another entity in a later transaction, so don't keep it as a
   * key of your own.
   */
  abstract readonly elementId: string

  /** The properties as a plain object. */
  abstract readonly properties: Readonly<Properties>

  /** The number of properties. */
  get size(): number {
    return Object.keys(this.properties).length
  }

  /**
   * A property's value, or `defaultValue` (null unless given) where the entity has no such property.
   *
   * @example
   * ```ts
   * node.get('name')          // 'Ada', or null
   * node.get('visits', 0)     // 0 where it is missing
   * ```
   */
  get<Name extends string>(name: Name): Open<Properties>[Name]
  get<Name extends string, Default>(name: Name, defaultValue: Default): Open<Properties>[Name] | Default
  get(name: string, defaultValue: unknown = null): unknown {
    return Object.hasOwn(this.properties, name) ? (this.properties as Record<string, unknown>)[name] : defaultValue
  }

  /** Whether the entity has a property of this name. */
  has(name: string): boolean {
    return Object.hasOwn(this.properties, name)
  }

  /** The property names. */
  keys(): string[] {
    return Object.keys(this.properties)
  }

  /** The property values, in the order of {@link keys}. */
  values(): unknown[] {
    return Object.values(this.properties)
  }

  /** The properties as name and value pairs. */
  entries(): [string, unknown][] {
    return Object.entries(this.properties)
  }

  /** Iterates over the property names; use {@link entries} for names and values. */
  [Symbol.iterator](): Iterator<string> {
    return this.keys().values()
  }

  /** Whether `other` is the same entity: of the same kind and with the same `elementId`, whatever its properties. */
  equals(other: unknown): boolean {
    return brandOf(other) === brandOf(this) && (other as Entity).elementId === this.elementId
  }
}
