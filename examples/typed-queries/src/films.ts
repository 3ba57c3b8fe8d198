// A repository: each query stands beside the type of its rows, and the rest of the application sees plain objects.

import type { CypherDate, Driver, GraphNode } from '@boltline/core'

export interface Film {
  readonly title: string
  readonly released: CypherDate
  readonly rating: number | null
}

/** What a node looks like inside: `get` knows the names of the properties and their types. */
type PersonNode = GraphNode<{ name: string; born: number }>

export class Films {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async save(films: readonly Film[]): Promise<number> {
    const { summary } = await this.#driver.executeQuery(
      `UNWIND $films AS row
       MERGE (f:Film {title: row.title}) SET f.released = row.released, f.rating = row.rating`,
      { films },
    )
    return summary.counters.nodesCreated
  }

  async releasedSince(since: CypherDate): Promise<Film[]> {
    const { records } = await this.#driver.executeQuery<Film>(
      `MATCH (f:Film) WHERE f.released >= $since
       RETURN f.title AS title, f.released AS released, f.rating AS rating ORDER BY released`,
      { since },
      { routing: 'READ' },
    )
    return records.map((record) => record.toObject())
  }

  async addActor(title: string, person: { name: string; born: number }): Promise<void> {
    await this.#driver.executeQuery(
      `MATCH (f:Film {title: $title})
       MERGE (p:Person {name: $person.name}) SET p.born = $person.born
       MERGE (p)-[:ACTED_IN]->(f)`,
      { title, person },
    )
  }

  async cast(title: string): Promise<{ name: string; age: number }[]> {
    const { records } = await this.#driver.executeQuery<{ person: PersonNode; film: { released: CypherDate } }>(
      `MATCH (person:Person)-[:ACTED_IN]->(f:Film {title: $title})
       RETURN person, f {.released} AS film ORDER BY person.name`,
      { title },
      { routing: 'READ' },
    )
    return records.map((record) => {
      const person = record.get('person')
      return { name: person.get('name'), age: record.get('film').released.year - person.get('born') }
    })
  }
}
