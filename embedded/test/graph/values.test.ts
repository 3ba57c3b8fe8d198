import {
  CypherDate,
  DateTime,
  Duration,
  float,
  isNode,
  isPath,
  isRelationship,
  LocalDateTime,
  LocalTime,
  type Node,
  type Path,
  type Relationship,
  Time,
} from '@boltline/core'
import { describe, expect, it } from 'vitest'
import { useGraph } from './fixture.ts'

const fixture = useGraph()
const { rows } = fixture

const values = {
  integer: 3,
  float: float(3),
  half: 2.5,
  large: 9007199254740993n,
  negativeZero: float(-0),
  infinity: Number.POSITIVE_INFINITY,
  text: '2024-01-01',
  quotes: `it's "quoted" \\ and 🎈`,
  yes: true,
  nothing: null,
  bytes: new Uint8Array([1, 2, 3]),
  date: new CypherDate(2024, 2, 29),
  time: Time.parse('12:30:00.123456789+01:00'),
  localTime: LocalTime.parse('12:30:01'),
  dateTime: DateTime.parse('2024-07-01T12:30:01.5+02:00'),
  localDateTime: LocalDateTime.parse('2024-07-01T12:30:01.5'),
  duration: Duration.parse('P1Y2M3DT4H5M6.5S'),
}

/** Runs a query with integers as bigint, so that they differ from floats. */
async function exactly(query: string, parameters: object) {
  await using session = fixture.driver.session({ integers: 'bigint' })
  return await session.run(query, parameters).single({ strict: true })
}

function check(read: Record<string, unknown>): void {
  expect(read['integer']).toBe(3n)
  expect(read['float']).toBe(3)
  expect(read['half']).toBe(2.5)
  expect(read['large']).toBe(9007199254740993n)
  expect(Object.is(read['negativeZero'], -0)).toBe(true)
  expect(read['infinity']).toBe(Number.POSITIVE_INFINITY)
  for (const name of ['text', 'quotes', 'yes', 'bytes'] as const) expect(read[name], name).toEqual(values[name])
  for (const name of ['date', 'time', 'localTime', 'dateTime', 'localDateTime', 'duration'] as const)
    expect(values[name].equals(read[name]), name).toBe(true)
}

describe('Values in the embedded graph', () => {
  it('Values make a round trip through the embedded graph as parameters, in a map and one by one', async () => {
    check((await exactly('RETURN $values AS v', { values })).get('v'))
    const names = Object.keys(values)
    const record = await exactly(`RETURN ${names.map((name) => `$${name} AS ${name}`).join(', ')}`, values)
    check(record.toObject())
  })

  it('Values make a round trip through the embedded graph as properties of nodes, relationships and paths', async () => {
    await rows('CREATE (a:A)-[r:R]->(b:B) SET a = $values, r = $values', { values })
    const record = await exactly('MATCH p = (a:A)-[r]->(b) RETURN a, r, p, {inside: a} AS m, [r] AS l', {})
    const path: Path = record.get('p')
    check(record.get('a').properties)
    check(record.get('r').properties)
    check(path.startNode.properties)
    check((path.relationships[0] as Relationship).properties)
    check(record.get('m').inside.properties)
    check(record.get('l')[0].properties)
    expect(record.get('a').properties).not.toHaveProperty('nothing')
  })

  it('FLOATs stay FLOATs in arithmetic, lists and rows of parameters of the embedded graph', async () => {
    expect(await rows('RETURN $f / 2 AS half, 7 / 2 AS down, 7.0 / 2 AS up', { f: float(3) })).toEqual([
      { half: 1.5, down: 3, up: 3.5 },
    ])
    const record = await exactly(
      'UNWIND $rows AS row CREATE (n:N) SET n = row RETURN collect(n.f) AS f, collect(n.i) AS i',
      {
        rows: [
          { f: float(1), i: 1 },
          { f: float(2), i: 2 },
        ],
      },
    )
    expect(record.get('f')).toEqual([1, 2])
    expect(record.get('i')).toEqual([1n, 2n])
  })
})

describe('The embedded graph', () => {
  it('The embedded graph returns nodes, relationships and paths with ids by which queries find them', async () => {
    const { summary } = await fixture.driver.executeQuery(
      "CREATE (:Person {name: 'Ada', born: 1815})-[:KNOWS {since: 1833}]->(:Person:Inventor {name: 'Charles'})",
    )
    expect(summary.counters).toMatchObject({
      nodesCreated: 2,
      relationshipsCreated: 1,
      propertiesSet: 4,
      labelsAdded: 3,
    })
    expect(summary.queryType).toBe('w')
    const [row] = await rows('MATCH p = (a {born: 1815})-[r]->(b) RETURN a, r, b, p')
    const { a, r, b, p } = row as { a: Node; r: Relationship; b: Node; p: Path }
    expect(isNode(a) && isRelationship(r) && isPath(p)).toBe(true)
    expect([...b.labels].sort()).toEqual(['Inventor', 'Person'])
    expect(r).toMatchObject({ type: 'KNOWS', startNodeElementId: a.elementId, endNodeElementId: b.elementId })
    expect(p.nodes.map(({ elementId }) => elementId)).toEqual([a.elementId, b.elementId])
    expect(await rows('MATCH (n) WHERE elementId(n) = $id RETURN n.name AS name', { id: a.elementId })).toEqual([
      { name: 'Ada' },
    ])
    expect(await rows('MATCH ()-[r]->() WHERE id(r) = $id RETURN type(r) AS t', { id: r.id })).toEqual([{ t: 'KNOWS' }])
    const { summary: gone } = await fixture.driver.executeQuery('MATCH (n) DETACH DELETE n')
    expect(gone.counters).toMatchObject({ nodesDeleted: 2, relationshipsDeleted: 1 })
  })

  it('The embedded graph names columns by their text, and sorts those of RETURN *', async () => {
    expect(Object.keys((await rows('RETURN 1  +   2, [1,2][0], "x" AS `a b`, 3 AS z'))[0] ?? {})).toEqual([
      '1  +   2',
      '[1,2][0]',
      'a b',
      'z',
    ])
    const { keys } = await fixture.driver.executeQuery('WITH 1 AS zz, 2 AS aa RETURN *')
    expect(keys).toEqual(['aa', 'zz'])
    expect(await rows('WITH 1 AS zz, 2 AS aa RETURN *')).toEqual([{ aa: 2, zz: 1 }])
  })

  it('The embedded graph returns 0 as the sum of no rows, and accepts unusual parameter names, a prefix and a long chain of CREATE', async () => {
    expect(await rows('MATCH (n:None) RETURN sum(n.x) AS s, count(n) AS c')).toEqual([{ s: 0, c: 0 }])
    expect(await rows('RETURN $`odd name` AS a, $0 AS b', { 'odd name': 1, '0': 2 })).toEqual([{ a: 1, b: 2 }])
    expect(await rows('CYPHER 5 USE neo4j RETURN 1 AS x;')).toEqual([{ x: 1 }])
    const chain = Array.from(
      { length: 300 },
      (_, i) => `CREATE (n${i}:C {i: ${i}})${i > 0 ? `-[:NEXT]->(n${i - 1})` : ''}`,
    )
    const { summary } = await fixture.driver.executeQuery(chain.join('\n'))
    expect(summary.counters).toMatchObject({ nodesCreated: 300, relationshipsCreated: 299 })
  })

  it('The embedded graph streams more rows than fit in one batch, and releases unread rows', async () => {
    await using session = fixture.driver.session({ fetchSize: 700 })
    let sum = 0
    for await (const record of session.run('UNWIND range(1, 5000) AS i RETURN i')) sum += record.get('i')
    expect(sum).toBe((5000 * 5001) / 2)
    expect((await session.run('UNWIND range(1, 5000) AS i RETURN i').first())?.get('i')).toBe(1)
  })

  it('The embedded graph loads scripts, and removes all data at a reset', async () => {
    await fixture.graph.load(`
      // A comment; with a semicolon.
      CREATE CONSTRAINT film_title FOR (f:Film) REQUIRE f.title IS UNIQUE;
      CREATE (:Film {title: 'The ; Semicolon'});
      MATCH (f:Film) SET f.year = 1999`)
    expect(await rows('MATCH (f:Film) RETURN f.title AS title, f.year AS year')).toEqual([
      { title: 'The ; Semicolon', year: 1999 },
    ])
    await expect(fixture.graph.load("CREATE (:Film {title: 'The ; Semicolon'})")).rejects.toMatchObject({
      code: 'Neo.ClientError.Schema.ConstraintValidationFailed',
    })
    await fixture.graph.reset()
    expect(await rows('MATCH (n) RETURN count(n) AS n')).toEqual([{ n: 0 }])
    expect(await rows('SHOW CONSTRAINTS')).toEqual([])
  })
})
