import { CypherDate, DateTime, LocalDateTime, WGS84Point } from '@boltline/core'
import { describe, expect, it } from 'vitest'
import { useGraph } from './fixture.ts'

const fixture = useGraph()
const { rows } = fixture

/** Queries that the engine lacks or answers differently than Neo4j, and the text that the refusal must contain. */
const gaps: [query: string, named: string, parameters?: object][] = [
  ['RETURN point({x: 1, y: 2}) AS p', 'point()'],
  ['RETURN point.distance(point({x: 0, y: 0}), point({x: 3, y: 4})) AS d', 'point.distance()'],
  ['RETURN $p AS p', 'spatial values', { p: new WGS84Point(12.5, 56.1) }],
  ["RETURN datetime('2024-01-02T03:04:05[Europe/Stockholm]') AS d", 'named time zones'],
  ["RETURN datetime({year: 2024, timezone: 'Europe/Stockholm'}) AS d", 'named time zones'],
  ['RETURN $d AS d', 'named time zones', { d: DateTime.parse('2024-01-02T03:04:05+01:00[Europe/Stockholm]') }],
  ['RETURN datetime($d) AS d', 'named time zones', { d: '2024-01-02T03:04:05[Europe/Stockholm]' }],
  ["RETURN datetime('2024-01-02T03:04:05.123456789Z') AS d", 'fractions of more than 6 digits'],
  ['RETURN $d AS d', 'nanoseconds', { d: DateTime.parse('2024-01-02T03:04:05.000000001Z') }],
  ['RETURN [{d: $d}] AS d', 'less than a millisecond', { d: LocalDateTime.parse('2024-01-02T03:04:05.0001') }],
  ["RETURN date('2024-13-01') AS d", 'other forms of dates'],
  ["RETURN date('2024-W05') AS d", 'other forms of dates'],
  ["RETURN 1 = '1' AS x", 'comparisons between values of different types'],
  ["RETURN 1 IN ['1'] AS x", 'comparisons between values of different types'],
  ["RETURN CASE '1' WHEN 1 THEN 2 END AS x", 'comparisons between values of different types'],
  ["RETURN 'a' < 1 AS x", 'comparisons between values of different types'],
  ['RETURN [null] = [null] AS x', 'lists that hold null'],
  ['RETURN [1] + 3 AS x', 'appending to lists'],
  ['RETURN [1, 1.0] AS x', 'lists that mix integers and floats'],
  ["RETURN [1.0, 'a'] AS x", 'lists that mix floats with other values'],
  ['RETURN $l AS x', 'lists that mix values of different types', { l: [1, 2.5] }],
  ['RETURN $l AS x', 'lists that mix values of different types', { l: ['2024-01-01', new CypherDate(2024, 1, 1)] }],
  ['UNWIND [1, 2] AS x RETURN percentileDisc(x, 0.5) AS p', 'percentileDisc()'],
  ['RETURN round(-1.5) AS x', 'round()'],
  ["RETURN 'a' * 2 AS x", 'type errors of arithmetic'],
  ["RETURN 'abc'.prop AS x", 'properties of text'],
  ['UNWIND 5 AS x RETURN x', 'UNWIND of single values'],
  ['UNWIND $x AS x RETURN x', 'UNWIND of single values', { x: 5 }],
  ['RETURN toString(1.0) AS x', 'text of whole-numbered floats'],
  ['RETURN toInteger([1]) AS x', 'type errors of conversion'],
  ['RETURN range(1, 3, 0) AS x', 'range()'],
  ["RETURN substring('a', -1) AS x", 'substring()'],
  ['RETURN round(1.25, 1) AS x', 'precisions of round()'],
  ['UNWIND [1] AS i CALL { WITH i CREATE (:A {i: i}) } IN TRANSACTIONS OF 2 ROWS', 'subqueries IN TRANSACTIONS'],
  ['MATCH (a) RETURN COLLECT { MATCH (a)-->(b) RETURN b.x } AS l', 'COLLECT subqueries'],
  ['MATCH (a:A|B) RETURN a', 'label expressions'],
  ['MATCH (a:!A) RETURN a', 'label expressions'],
  ['MATCH (a:A&B) RETURN a', 'label expressions'],
  ['MATCH (a WHERE a.x > 1) RETURN a', 'WHERE inside of a pattern'],
  ['MATCH (a)-[r WHERE r.x > 1]->() RETURN a', 'WHERE inside of a pattern'],
  ['MATCH (a) ((x)-[:R]->(y)){1,2} (b) RETURN b', 'quantified path patterns'],
  ['MATCH (a)-[:R]->+(b) RETURN b', 'quantified path patterns'],
  ['MATCH p = SHORTEST 1 (a)-[:R]-(b) RETURN p', 'SHORTEST'],
  ['CREATE (n:$($l))', 'dynamic labels', { l: 'A' }],
  ['MATCH (n) SET n[$k] = 5', 'dynamic property keys', { k: 'x' }],
  ["RETURN 'a' || 'b' AS x", 'concatenations with ||'],
  ['RETURN 1 IS :: INTEGER AS x', 'type predicates'],
  ['EXPLAIN MATCH (n) RETURN n', 'EXPLAIN and PROFILE'],
  ["LOAD CSV FROM 'file:///x' AS row RETURN row", 'LOAD CSV'],
  ['RETURN duration.between(date(), date()) AS x', 'duration.between()'],
  ["RETURN date.truncate('month', date()) AS x", 'date.truncate()'],
  ["RETURN apoc.text.join(['a'], ',') AS x", 'apoc.text.join()'],
  ["CALL db.index.fulltext.queryNodes('i', 'x') YIELD node RETURN node", 'db.index.fulltext.queryNodes()'],
  ['CREATE FULLTEXT INDEX i FOR (n:A) ON EACH [n.x]', 'FULLTEXT indexes'],
  ['CREATE INDEX FOR ()-[r:R]-() ON (r.x)', 'schema for relationships'],
  ['CREATE CONSTRAINT FOR (n:A) REQUIRE n.x IS NOT NULL', 'constraints but those for unique properties'],
  ['SHOW TRANSACTIONS', 'command SHOW TRANSACTIONS'],
  ['MATCH (a) FOREACH (r IN [(a)-[r]->() | r] | DELETE r)', 'pattern comprehensions outside of RETURN and WITH'],
  ["MATCH (a) WHERE all(x IN ['r'] WHERE EXISTS { (a)-->({name: x}) }) RETURN a", 'EXISTS and patterns of this form'],
  ['MATCH p = (a)-->(b) WITH collect(p) AS l DELETE l[0]', 'DELETE of anything but variables'],
  ['MATCH (a) SET a IS B', "it can't be read at 'IS' (line 1, column 17 (offset: 16))"],
  [
    'MATCH (a)\nSET a.x = $x, a IS B',
    "it can't be read at 'IS' (line 2, column 17 (offset: 26))",
    { x: 'a long text' },
  ],
  ['RETURN {`$date`: 1, x: $m} AS x', 'map keys that begin with $', { m: { $date: '2024-01-01' } }],
]

/** Queries that Neo4j refuses and the engine would accept. */
const errors: [query: string, code: string, parameters?: object][] = [
  ['MATCH (n)', 'Statement.SyntaxError'],
  ['UNWIND [1] AS x WITH x', 'Statement.SyntaxError'],
  ['CREATE (:A {m: {a: 1}})', 'Statement.TypeError'],
  ['CREATE (:A {l: [[1]]})', 'Statement.TypeError'],
  ['CREATE (:A {l: [1, null]})', 'Statement.TypeError'],
  ['CREATE (:A {m: $m})', 'Statement.TypeError', { m: { a: 1 } }],
  ['MATCH (n) SET n.l = $l', 'Statement.TypeError', { l: [[1]] }],
  ['CREATE (n:A) SET n = $p', 'Statement.TypeError', { p: { l: [1, null] } }],
  ['CREATE (n:A) SET n += $p', 'Statement.TypeError', { p: { m: { a: 1 } } }],
  ['MERGE (n:A {id: null})', 'Statement.SemanticError'],
  ['MERGE (n:A {id: $id})', 'Statement.SemanticError', { id: null }],
  ['RETURN $nope AS x', 'Statement.ParameterMissing'],
  ['', 'Statement.SyntaxError'],
  ['USE other RETURN 1 AS x', 'Database.DatabaseNotFound'],
  ['RETRUN 1', 'Statement.SyntaxError'],
  ['RETURN nofunc(1)', 'Statement.SyntaxError'],
  ['CALL no.such.proc()', 'Procedure.ProcedureNotFound'],
  ['MATCH (n:A $p) RETURN n', 'Statement.SyntaxError', { p: {} }],
  ['MERGE (n:A $p)', 'Statement.SyntaxError', { p: {} }],
  ['CREATE (n:A $p)', 'Statement.SyntaxError', { p: 1 }],
  ['CREATE (n:A $p)', 'Statement.TypeError', { p: null }],
  ['CREATE (n:A $p)', 'Statement.TypeError', { p: { m: { a: 1 } } }],
  ['CREATE (n:A $p)', 'Statement.ParameterMissing'],
  ['MATCH (n) RETURN n LIMT 5', 'Statement.SyntaxError'],
  ['MATCH (n) WHERE RETURN n', 'Statement.SyntaxError'],
  ['MATCH (n)) RETURN n', 'Statement.SyntaxError'],
  ["RETURN 'a", 'Statement.SyntaxError'],
  ['RETURN 1 +', 'Statement.SyntaxError'],
  ["RETURN 'a' 'b'", 'Statement.SyntaxError'],
  ['MATCH (n) RETURN m', 'Statement.SyntaxError'],
]

/** Valid queries that resemble the refused ones. */
const fine: [query: string, parameters?: object][] = [
  ["RETURN [1] + [3] AS a, 1 = 1.0 AS b, 'a' < 'b' AS c, -1 < 2 AS d"],
  ["WITH {`set`: 1} AS m RETURN m.`set` AS `delete`, 'CREATE (n)' AS text"],
  ['MATCH (a)-[r:R|S]->(b) RETURN a'],
  ['MATCH (a) WHERE any(x IN [1] WHERE x > 0) RETURN [x IN [1, 2] WHERE x > 1 | x] AS l'],
  ['MATCH (a) RETURN [(a)-->(b) WHERE b.x > 0 | b.x] AS l'],
  ["MATCH (a) WHERE a.name STARTS WITH 'A' RETURN count(*) AS transactions"],
  ['CREATE (n:A {l: [1, 2], t: $t}) SET n.x = $t, n += {y: 1}', { t: 1 }],
  ["RETURN date('2024-02-29') AS a, datetime('2024-01-02T03:04:05.123456+02:00') AS b, duration('P1Y2M') AS c"],
  ['UNWIND $rows AS row RETURN row.a AS a', { rows: [{ a: { b: [1, null] } }] }],
  ["RETURN 2 - 1 AS a, [1, 2][0] AS b, 'a' + 'b' AS c, 3 - [1, 2][0] AS d"],
]

describe('Refusals of the embedded graph', () => {
  it.each(gaps.map(([query, ...rest]) => ({ query, rest })))(
    'The embedded graph refuses $query and names the gap',
    async ({ query, rest }) => {
      const [named, parameters = {}] = rest
      const error = await rows(query, parameters).catch((reason) => reason)
      expect(error).toMatchObject({ code: 'Neo.ClientError.Statement.NotInEmbeddedGraph' })
      expect(error.message).toContain(named)
      expect(error.message).toMatch(/Run this query on a real Neo4j\.$/)
    },
  )

  it.each(errors.map(([query, ...rest]) => ({ query, rest })))(
    'The embedded graph refuses $query with the code of Neo4j',
    async ({ query, rest }) => {
      const [code, parameters = {}] = rest
      await expect(rows(query, parameters)).rejects.toMatchObject({ code: `Neo.ClientError.${code}` })
    },
  )

  it.each(fine.map(([query, parameters = {}]) => ({ query, parameters })))(
    'The embedded graph accepts $query',
    async ({ query, parameters }) => {
      await rows(query, parameters)
    },
  )

  it.each([
    { properties: 5, name: 'Integer' },
    { properties: true, name: 'Boolean' },
    { properties: 'text', name: 'String' },
    { properties: [1], name: 'List' },
    { properties: new CypherDate(2024, 1, 1), name: 'Date' },
  ])(
    'The embedded graph names the Cypher type $name of a parameter that is no map in CREATE (n $props)',
    async ({ properties, name }) => {
      for (const query of ['CREATE (n $props)', 'CREATE (n) SET n = $props', 'CREATE (n) SET n += $props']) {
        await expect(rows(query, { props: properties })).rejects.toMatchObject({
          code: 'Neo.ClientError.Statement.SyntaxError',
          message: `Type mismatch for parameter 'props': expected Map, Node or Relationship but was ${name}`,
        })
      }
    },
  )

  it.each([
    { properties: 1.5, shown: 'Float' },
    { properties: null, shown: 'NO_VALUE' },
  ])(
    'The embedded graph raises a type error for $properties in place of properties, without the value',
    async ({ properties, shown }) => {
      const code = 'Neo.ClientError.Statement.TypeError'
      const created = `Parameter provided for node creation is not a Map, instead got ${shown}`
      const set = `Expected $props to be a map, but it was :\`${shown}\``
      const props = { props: properties }
      await expect(rows('CREATE (n $props)', props)).rejects.toMatchObject({ code, message: created })
      await expect(rows('CREATE ()-[:T $props]->()', props)).rejects.toMatchObject({ code, message: created })
      await expect(rows('CREATE (n) SET n = $props', props)).rejects.toMatchObject({ code, message: set })
      await expect(rows('CREATE (n) SET n += $props', props)).rejects.toMatchObject({ code, message: set })
    },
  )

  it('The embedded graph does not repeat the value of a parameter in a refusal', async () => {
    const error = await rows('CREATE (:A {m: $m})', { m: { secret: 'hunter2' } }).catch((reason) => reason)
    expect(error.message).not.toContain('hunter2')
  })
})
