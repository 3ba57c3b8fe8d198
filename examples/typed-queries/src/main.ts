import { basicAuth, CypherDate, GraphDatabase } from '@boltline/core'
import { Films } from './films.ts'

const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '' } = process.env

await using driver = GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
const films = new Films(driver)

await films.save([
  { title: 'Metropolis', released: new CypherDate(1927, 1, 10), rating: 8.3 },
  { title: 'The Third Man', released: new CypherDate(1949, 9, 1), rating: null },
  { title: 'Alien', released: new CypherDate(1979, 5, 25), rating: 8.5 },
])
await films.addActor('Alien', { name: 'Sigourney Weaver', born: 1949 })
await films.addActor('Alien', { name: 'Tom Skerritt', born: 1933 })

for (const film of await films.releasedSince(new CypherDate(1940, 1, 1))) {
  console.log(`${film.released}  ${film.title}  ${film.rating ?? 'not rated'}`)
}
for (const { name, age } of await films.cast('Alien')) console.log(`${name} was about ${age}`)

const { records } = await driver.executeQuery<{ n: number }>('RETURN 1 AS n')
const one = records[0]
if (one !== undefined) {
  // @ts-expect-error The row has no such key, and the compiler says so.
  one.get('m', null)
  // @ts-expect-error It is a number.
  const text: string = one.get('n')
  console.log(text)
}
