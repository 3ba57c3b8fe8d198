import type { InspectOptionsStylized } from 'node:util'
import { type Depth, type Inspect, inspectInner, inspection } from '../platform/inspection.ts'
import { toJsonValue } from './json.ts'

/** A graph's nodes or its relationships: iterable, and reachable by `elementId`. */
export class EntitySet<E extends { readonly elementId: string }> implements Iterable<E> {
  readonly #byElementId: ReadonlyMap<string, E>

  /** @param byElementId the entities by `elementId`; the set keeps the map without a copy */
  constructor(byElementId: ReadonlyMap<string, E>) {
    this.#byElementId = byElementId
  }

  /** How many entities there are. */
  get size(): number {
    return this.#byElementId.size
  }

  /** The entity with this `elementId`, or null. */
  get(elementId: string): E | null {
    return this.#byElementId.get(elementId) ?? null
  }

  /** Whether there is an entity with this `elementId`. */
  has(elementId: string): boolean {
    return this.#byElementId.has(elementId)
  }

  /** Iterates over the entities in the order of their first occurrence. */
  [Symbol.iterator](): Iterator<E> {
    return this.#byElementId.values()
  }

  /** The entities as an array of JSON values. */
  toJSON(): unknown[] {
    return Array.from(this, toJsonValue)
  }

  [inspection](depth: Depth, options: InspectOptionsStylized, inspect: Inspect): string {
    return `EntitySet(${this.size}) ${inspectInner([...this], depth, options, inspect)}`
  }
}
