/** Things by the ids under which TestKit knows them. */
export class Registry<Thing> {
  readonly #kind: string
  readonly #ids: { last: number }
  readonly #things = new Map<number, Thing>()

  /** @param ids - counted on by all registries of a conversation, so that an id names one thing only */
  constructor(kind: string, ids: { last: number }) {
    this.#kind = kind
    this.#ids = ids
  }

  put(thing: Thing): number {
    const id = ++this.#ids.last
    this.#things.set(id, thing)
    return id
  }

  get(id: number): Thing {
    const thing = this.#things.get(id)
    if (thing === undefined) throw new Error(`There is no ${this.#kind} with the id ${id}`)
    return thing
  }

  delete(id: number): void {
    this.#things.delete(id)
  }

  values(): Iterable<Thing> {
    return this.#things.values()
  }
}
