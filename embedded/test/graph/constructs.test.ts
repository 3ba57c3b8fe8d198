import { isNeo4jError } from '@boltline/core'
import { expect, it } from 'vitest'
import { before, constructs, parameters } from '../comparison/constructs.ts'
import { useGraph } from './fixture.ts'

const fixture = useGraph()

/** Names and value notation of the engine, which must not appear in errors. */
const engine =
  /grafeo|internal error|planner|translator|rewritten|query:\d|semantic error|syntax error:|unsupported|execution error|\b(?:Int64|Float64|Bool|String|List)\(|\[Cypher\]/i

it('The embedded graph answers every construct, or refuses it with the text and the code of a server', async () => {
  const found: string[] = []
  await using session = fixture.driver.session()
  for (const query of constructs) {
    await session.run('MATCH (n) DETACH DELETE n').consume()
    await session.run(before).consume()
    try {
      await session.run(query, parameters).consume()
    } catch (error) {
      const known = isNeo4jError(error) && /^Neo\.ClientError\.|^Neo\.DatabaseError\.Schema\./.test(String(error.code))
      if (!known || engine.test(error.message)) found.push(`${query}: ${error}`)
    }
  }
  expect(found).toEqual([])
}, 120_000)

it('The embedded graph returns a different id for each call of randomUUID()', async () => {
  const ids = (await fixture.rows('UNWIND range(1, 200) AS i RETURN randomUUID() AS id')).map(({ id }) => String(id))
  expect(new Set(ids).size).toBe(200)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('The embedded graph accepts parameters as properties in CREATE, and leaves out null values', async () => {
  const given = { p: { name: 'Ada', none: null, l: [1, 2], half: 0.5, 'odd key': true }, r: { since: 2020 } }
  await fixture.rows('CREATE (a:P $p)-[:KNOWS $r]->($p)', given)
  const [row] = await fixture.rows(
    'MATCH (a:P)-[r:KNOWS]->(b) RETURN properties(a) AS a, properties(r) AS r, properties(b) AS b',
  )
  const stored = { name: 'Ada', l: [1, 2], half: 0.5, 'odd key': true }
  expect(row).toEqual({ a: stored, r: { since: 2020 }, b: stored })
})

it('The embedded graph ignores null in DELETE, and accepts nodes and their relationships in any order', async () => {
  const left = async () => (await fixture.rows('MATCH (n) RETURN count(n) AS n'))[0]?.['n']
  for (const query of [
    'MATCH (a:A) OPTIONAL MATCH (a)<-[:FOR]-(c) DETACH DELETE c, a',
    'MATCH (a:A) OPTIONAL MATCH (a)-[r:T]->() DELETE a, r',
    'MATCH (a:A) OPTIONAL MATCH (a)<-[:FOR]-(c) DETACH DELETE c, a WITH count(*) AS n RETURN n',
    'MATCH (a:A) FOREACH (x IN [null, a] | DETACH DELETE x)',
    'MATCH (a:A) OPTIONAL MATCH (c:Nope) DETACH DELETE a, c, null',
  ]) {
    await fixture.graph.reset()
    await fixture.rows(before)
    await fixture.rows(query)
    expect([query, await left()]).toEqual([query, 2])
  }
})

it.each([
  ["CREATE (:U {a: 'x'})", ["CREATE (:U {a: 'x'})"], "label `U` and property `a` = 'x'"],
  ['CREATE (:U {a: $v})', ['CREATE (:U {a: $v})'], "label `U` and property `a` = 'it's \"so\"'"],
  ['CREATE (:V {a: 1, b: true})', ['CREATE (:V {a: 1, b: true})'], 'label `V` and properties `a` = 1, `b` = true'],
  ["MATCH (u:U) SET u.a = 'x'", ["CREATE (:U {a: 'x'})", "CREATE (:U {a: 'y'})"], "label `U` and property `a` = 'x'"],
])(
  'The embedded graph names the node, the label and the properties when %s breaks a constraint',
  async (query, made, says) => {
    await fixture.rows('CREATE CONSTRAINT FOR (n:U) REQUIRE n.a IS UNIQUE')
    await fixture.rows('CREATE CONSTRAINT FOR (n:V) REQUIRE (n.a, n.b) IS UNIQUE')
    const given = { v: 'it\'s "so"' }
    for (const statement of made) await fixture.rows(statement, given)
    const [{ id } = {}] = await fixture.rows('MATCH (n) RETURN id(n) AS id ORDER BY id LIMIT 1')
    const error = await fixture.rows(query, given).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      name: 'ConstraintError',
      code: 'Neo.ClientError.Schema.ConstraintValidationFailed',
      message: `Node(${id}) already exists with ${says}`,
      // The driver parses these fields from the message.
      label: query.includes(':V') ? 'V' : 'U',
      properties: query.includes(':V') ? ['a', 'b'] : ['a'],
    })
  },
)
