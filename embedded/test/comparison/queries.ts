/** The queries of the comparison between the embedded graph and a real Neo4j. Their labels begin with `Cmp`. */

export interface Comparison {
  readonly query: string
  /** Statements that run before the query, after `people`; names in DDL must begin with `cmp_`. */
  readonly before?: readonly string[]
  readonly parameters?: Readonly<Record<string, unknown>>
  /** The description of the parameters in the table. */
  readonly note?: string
}

export interface Section {
  readonly title: string
  readonly comparisons: readonly (string | Comparison)[]
}

/** Three people, two films and their relationships; created again for each query. */
export const people = `
  CREATE (ann:CmpPerson {name: 'Ann', age: 30}), (bob:CmpPerson {name: 'Bob', age: 25}), (cy:CmpPerson {name: 'Cy', age: 41}),
    (ann)-[:CMP_KNOWS {since: 2010}]->(bob), (bob)-[:CMP_KNOWS {since: 2012}]->(cy),
    (ann)-[:CMP_LIKES]->(:CmpFilm {title: 'Signal', rating: 7.0}), (cy)-[:CMP_LIKES]->(:CmpFilm {title: 'River', rating: 6.5})`

export const sections: readonly Section[] = [
  {
    title: 'Create, read, update, delete',
    comparisons: [
      "CREATE (n:CmpA:CmpB {name: 'x', age: 3}) RETURN n",
      { query: 'CREATE (n:CmpA) SET n = $props RETURN n', parameters: { props: { a: 1, b: 'x' } } },
      { query: 'CREATE (n:CmpA $props) RETURN n', parameters: { props: { a: 1 } } },
      "MATCH (p:CmpPerson {name: 'Ann'}) SET p += {age: 31, city: 'Rome'} RETURN p",
      "MATCH (p:CmpPerson {name: 'Ann'}) SET p.age = p.age + 1, p:CmpExtra REMOVE p.name RETURN p",
      "MATCH (p:CmpPerson {name: 'Ann'}) DELETE p",
      "MATCH (p:CmpPerson {name: 'Ann'}) DETACH DELETE p RETURN count(*) AS n",
      'MATCH (:CmpPerson)-[r:CMP_KNOWS]->() DELETE r RETURN count(*) AS n',
      'CREATE (n:`Cmp odd label` {`odd key`: 1}) RETURN n.`odd key`',
      'CREATE (n:CmpA) WITH n, n AS m DELETE m RETURN n',
      { query: 'CREATE (n:CmpA {a: 1}) WITH n SET n[$k] = 5 RETURN n.b AS b', parameters: { k: 'b' } },
      { query: 'CREATE (n:$($l)) RETURN labels(n) AS l', parameters: { l: 'CmpA' } },
      'MERGE (n:CmpA {id: 1}) ON CREATE SET n.created = true ON MATCH SET n.matched = true RETURN n',
      "MATCH (a:CmpPerson {name: 'Ann'}), (c:CmpPerson {name: 'Cy'}) MERGE (a)-[r:CMP_KNOWS]->(c) RETURN a.name, type(r), c.name",
      { query: 'MERGE (n:CmpA {id: 1}) MERGE (m:CmpA {id: 1.0}) RETURN n = m AS same' },
      'MERGE (n:CmpA {id: null}) RETURN n',
      {
        query: 'UNWIND $rows AS row MERGE (n:CmpA {id: row.id}) SET n += row RETURN n.id AS id, n.v AS v ORDER BY id',
        parameters: {
          rows: [
            { id: 1, v: 'a' },
            { id: 2, v: 'b' },
            { id: 1, v: 'c' },
          ],
        },
      },
      'CREATE (:CmpA) FOREACH (x IN [1, 2, 3] | CREATE (:CmpB {x: x}))',
      'CREATE (n:CmpA {m: {a: 1}})',
      'CREATE (n:CmpA {l: [1, null]})',
      'WITH {a: 1} AS m CREATE (n:CmpA {m: m})',
      'MATCH (a:CmpPerson) CREATE (a:CmpB)',
      'CREATE ()-[:CMP_R]-()',
    ],
  },
  {
    title: 'Patterns',
    comparisons: [
      'MATCH (a:CmpPerson)-[r:CMP_KNOWS]->(b) RETURN a.name, r.since, b.name ORDER BY a.name',
      'MATCH (a:CmpPerson)-[r]-(b) RETURN a.name AS a, type(r) AS t, coalesce(b.name, b.title) AS b ORDER BY a, t, b',
      'MATCH (a:CmpPerson)-[:CMP_KNOWS|CMP_LIKES]->(b) RETURN count(*) AS n',
      'MATCH (a:CmpPerson) OPTIONAL MATCH (a)-[:CMP_LIKES]->(f) RETURN a.name, f.title ORDER BY a.name',
      'MATCH (a:CmpPerson) WHERE NOT (a)-[:CMP_KNOWS]->() RETURN a.name',
      "MATCH (a:CmpPerson) WHERE a.name STARTS WITH 'A' OR a.name =~ '(?i)c.*' RETURN a.name ORDER BY a.name",
      'MATCH (a:CmpPerson) WHERE 25 <= a.age < 41 RETURN a.name ORDER BY a.name',
      "MATCH p = (a:CmpPerson {name: 'Ann'})-[:CMP_KNOWS*1..3]->(b) RETURN p, length(p) AS l ORDER BY l",
      "MATCH p = shortestPath((a:CmpPerson {name: 'Ann'})-[*..5]-(b:CmpPerson {name: 'Cy'})) RETURN p",
      "MATCH p = allShortestPaths((a:CmpPerson {name: 'Ann'})-[:CMP_KNOWS*]->(b:CmpPerson {name: 'Cy'})) RETURN length(p) AS l",
      'MATCH (a:CmpPerson) RETURN a.name AS n, [(a)-[:CMP_KNOWS]->(b) | b.name] AS knows ORDER BY n',
      'MATCH p = (a:CmpFilm) RETURN count(p) AS n',
      'MATCH (a:CmpPerson|CmpFilm) RETURN count(a) AS n',
      'MATCH (a:!CmpFilm&CmpPerson) RETURN count(a) AS n',
      'MATCH (a:CmpPerson WHERE a.age > 26) RETURN count(a) AS n',
      "MATCH (a:CmpPerson {name: 'Ann'}) ((x)-[:CMP_KNOWS]->(y)){1,2} (b) RETURN count(b) AS n",
      "MATCH p = SHORTEST 1 (a:CmpPerson {name: 'Ann'})-[:CMP_KNOWS]-+(b:CmpPerson {name: 'Cy'}) RETURN length(p) AS l",
      'MATCH (n:CmpPerson)',
    ],
  },
  {
    title: 'Clauses',
    comparisons: [
      'UNWIND [3, 1, null, 2] AS x RETURN x ORDER BY x DESC SKIP 1 LIMIT 2',
      { query: 'UNWIND range(1, 9) AS x RETURN x SKIP $s LIMIT $l', parameters: { s: 2, l: 3 } },
      "UNWIND [1, 'a', true, null, 1.5] AS x RETURN x ORDER BY x",
      'RETURN 1 AS x UNION RETURN 1 AS x UNION ALL RETURN 2 AS x',
      'RETURN 1 AS x UNION RETURN 1 AS x',
      'UNWIND 5 AS x RETURN x',
      'WITH 5 AS five UNWIND five AS x RETURN x',
      'MATCH (a:CmpPerson) RETURN a.name AS n, EXISTS { (a)-[:CMP_LIKES]->() } AS e, COUNT { (a)-[:CMP_KNOWS]-() } AS c ORDER BY n',
      'MATCH (a:CmpPerson) RETURN a.name AS n, COLLECT { MATCH (a)-[:CMP_KNOWS]->(b) RETURN b.name } AS l ORDER BY n',
      'MATCH (a:CmpPerson) CALL (a) { MATCH (a)-[r]->() RETURN count(r) AS c } RETURN a.name AS n, c ORDER BY n',
      'MATCH (a:CmpPerson) CALL { WITH a MATCH (a)-[r]->() RETURN count(r) AS c } RETURN a.name AS n, c ORDER BY n',
      'UNWIND [1, 2] AS i CALL { WITH i CREATE (:CmpA {i: i}) } IN TRANSACTIONS OF 1 ROWS',
      "LOAD CSV FROM 'file:///nope.csv' AS row RETURN row",
      'CREATE (:CmpA) FINISH',
      'EXPLAIN MATCH (n:CmpA) RETURN n',
      'CYPHER 5 RETURN 1 AS x',
      'RETURN 1  +   2, [1,2][0], "x" AS `a b`',
      'WITH 1 AS zz, 2 AS aa RETURN *',
      { query: 'RETURN $`odd name` AS a, $0 AS b', parameters: { 'odd name': 1, '0': 2 } },
    ],
  },
  {
    title: 'Aggregates',
    comparisons: [
      'MATCH (a:CmpPerson) RETURN count(*) AS c, sum(a.age) AS s, avg(a.age) AS av, min(a.age) AS mi, max(a.age) AS ma',
      'MATCH (a:CmpPerson)-[r]->() RETURN a.name AS n, count(DISTINCT type(r)) AS c ORDER BY n',
      'MATCH (n:CmpNone) RETURN count(n) AS c, sum(n.x) AS s, collect(n) AS l, max(n.x) AS m',
      'UNWIND [1, 2, 3, 4] AS x RETURN stDev(x) AS s, percentileCont(x, 0.5) AS p, percentileDisc(x, 0.5) AS d',
      'UNWIND [1.0, 2.0] AS x RETURN sum(x) AS s, max(x) AS m',
      'MATCH (f:CmpFilm) WITH f ORDER BY f.title RETURN avg(f.rating) AS r, collect(f.rating) AS l',
      'MATCH (a:CmpPerson) RETURN count(a) + a.age',
    ],
  },
  {
    title: 'Expressions',
    comparisons: [
      'RETURN 7 / 2 AS a, 7.0 / 2 AS b, -7 % 3 AS c, 2 ^ 3 AS d, 1e3 AS e, 0x1F AS f',
      'RETURN 1.0 AS a, [1.0, 2.0] AS b, {x: 1.0, y: 1} AS c',
      'RETURN [1, 1.0] AS x',
      'UNWIND [1, 1.0, 2.5] AS x RETURN x',
      "RETURN [1, 1.0, 'a'] AS x",
      { query: 'RETURN $f / 2 AS x', parameters: { f: { float: 3 } }, note: 'f a float, 3.0' },
      'RETURN 9223372036854775807 AS a, -9223372036854775808 AS b, 9007199254740993 AS c',
      'RETURN 9223372036854775807 + 1 AS x',
      'RETURN 1 / 0 AS x',
      'RETURN 1.0 / 0 AS x, 0.0 / 0 AS y',
      'RETURN null = null AS a, null AND false AS b, null IN [1] AS c, 1 IN [1, null] AS d',
      "RETURN 1 = '1' AS x",
      "RETURN 1 IN ['1'] AS x",
      "CREATE (n:CmpA {id: 1}) WITH n MATCH (m:CmpA {id: '1'}) RETURN count(m) AS n",
      {
        query: 'CREATE (n:CmpA {id: 1}) WITH n MATCH (m:CmpA) WHERE m.id = $id RETURN count(m) AS n',
        parameters: { id: '1' },
        note: "id is '1'",
      },
      'RETURN [null] = [null] AS x',
      'RETURN [1] + 3 AS x',
      'WITH [1] AS l RETURN l + 3 AS x',
      "RETURN 'a' * 2 AS x",
      "WITH 'a' AS s RETURN s * 2 AS x",
      "WITH 'abc' AS s RETURN s.prop AS x",
      "RETURN 'a' || 'b' AS x",
      'RETURN [x IN range(1, 5) WHERE x % 2 = 0 | x * 10] AS a, [1, 2, 3][1..] AS b, [1, 2, 3][-1] AS c',
      'RETURN reduce(s = 0, x IN [1, 2, 3] | s + x) AS r, all(x IN [1, 2] WHERE x > 0) AS a, none(x IN [] WHERE x) AS n',
      "MATCH (a:CmpPerson {name: 'Ann'}) RETURN a{.name, extra: 1} AS m",
      "RETURN CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END AS a, CASE 2 WHEN 2 THEN 'two' END AS b",
      'RETURN 1 IS :: INTEGER AS x',
      'RETURN 1_000 AS x',
    ],
  },
  {
    title: 'Functions',
    comparisons: [
      "RETURN toUpper('a') AS a, trim(' x ') AS b, substring('hello', 1, 3) AS c, split('a,b', ',') AS d, replace('aa', 'a', 'b') AS e",
      "RETURN toString(1) AS a, toInteger('42') AS b, toInteger('x') AS c, toFloat('1.5') AS d, toBoolean('true') AS e",
      'RETURN toString(1.0) AS x',
      'WITH 1.0 AS f RETURN toString(f) AS x',
      'RETURN toInteger([1]) AS x',
      "RETURN substring('a', -1) AS x",
      'RETURN abs(-1) AS a, ceil(1.2) AS b, floor(1.8) AS c, round(1.5) AS d, sign(-2) AS e, sqrt(9) AS f',
      'RETURN round(-1.5) AS x',
      'RETURN round(1.25, 1) AS x',
      'RETURN range(1, 3, 0) AS x',
      'RETURN size([1, 2]) AS a, head([1, 2]) AS b, tail([1, 2, 3]) AS c, reverse([1, 2]) AS d, keys({a: 1}) AS e',
      'RETURN size(randomUUID()) AS x',
      "RETURN isEmpty('') AS x",
      "RETURN btrim(' a ') AS x",
      'RETURN nofunc(1) AS x',
      "RETURN apoc.text.join(['a'], ',') AS x",
      "MATCH (n:CmpPerson {name: 'Ann'}) RETURN id(n) >= 0 AS a, size(elementId(n)) > 0 AS b, labels(n) AS c, n:CmpPerson AS d",
    ],
  },
  {
    title: 'Dates and times',
    comparisons: [
      "RETURN date('2024-02-29') AS a, time('03:04:05+01:00') AS b, localtime('03:04') AS c, duration('P1Y2M3DT4H') AS d",
      "RETURN datetime('2024-01-02T03:04:05.123456+02:00') AS a, localdatetime('2024-01-02T03:04:05.123') AS b",
      "CREATE (n:CmpA {d: date('2024-02-29'), t: datetime('2024-01-02T03:04:05Z')}) RETURN n",
      "RETURN date('2024-02-29') + duration('P1D') AS a, date('2024-01-01') < date('2024-01-02') AS b",
      "WITH date('2024-02-29') AS d RETURN d.year AS y, d.month AS m",
      "RETURN datetime('2024-01-02T03:04:05.123456789Z') AS x",
      "RETURN datetime('2024-01-02T03:04:05[Europe/Stockholm]') AS x",
      "RETURN date('2024-13-01') AS x",
      "WITH '2024-13-01' AS text RETURN date(text) AS x",
      "RETURN date('2024-W05') AS x",
      'RETURN date({year: 2024, month: 3, day: 1}) AS x',
      "RETURN duration.between(date('2024-01-01'), date('2024-03-01')) AS x",
      "RETURN date.truncate('month', date('2024-02-29')) AS x",
      "UNWIND [date('2024-01-01'), '2024-01-01'] AS x RETURN x",
    ],
  },
  {
    title: 'Spatial',
    comparisons: [
      'RETURN point({x: 1, y: 2}) AS p',
      'RETURN point.distance(point({x: 0, y: 0}), point({x: 3, y: 4})) AS d',
    ],
  },
  {
    title: 'Schema and procedures',
    comparisons: [
      'CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE',
      'CREATE INDEX cmp_i FOR (n:CmpC) ON (n.a, n.b)',
      { query: 'DROP CONSTRAINT cmp_c', before: ['CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE'] },
      {
        query: 'CREATE (:CmpC {id: 1})',
        before: ['CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE', 'CREATE (:CmpC {id: 1})'],
        note: 'a second time, unique',
      },
      {
        query: 'CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE',
        before: ['CREATE (:CmpC {id: 1}), (:CmpC {id: 1})'],
        note: 'over duplicates',
      },
      {
        query: 'CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE',
        before: ['CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE'],
        note: 'a second time',
      },
      {
        query:
          "SHOW CONSTRAINTS YIELD name, type, properties WHERE name STARTS WITH 'cmp_' RETURN name, type, properties",
        before: ['CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE'],
      },
      {
        query:
          "SHOW INDEXES YIELD name, type, state, properties, owningConstraint WHERE name STARTS WITH 'cmp_' RETURN *",
        before: ['CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.id IS UNIQUE'],
      },
      'CREATE RANGE INDEX cmp_i FOR ()-[r:CMP_R]-() ON (r.since)',
      'CREATE TEXT INDEX cmp_i FOR (n:CmpC) ON (n.name)',
      'CREATE FULLTEXT INDEX cmp_i FOR (n:CmpC) ON EACH [n.text]',
      'CREATE CONSTRAINT cmp_c FOR (n:CmpC) REQUIRE n.name IS NOT NULL',
      "CALL db.labels() YIELD label WHERE label = 'CmpPerson' RETURN label",
      "CALL db.relationshipTypes() YIELD relationshipType AS t WITH t WHERE t STARTS WITH 'CMP_' RETURN t ORDER BY t",
      "CALL dbms.components() YIELD name, edition WHERE name = 'Neo4j Kernel' RETURN name, edition",
      'CALL db.ping()',
      'CALL db.awaitIndexes(10)',
      "SHOW DATABASES YIELD name, currentStatus WHERE name = 'neo4j' RETURN name, currentStatus",
      'CALL no.such.procedure()',
      'SHOW TRANSACTIONS YIELD database RETURN count(*) > 0 AS x',
    ],
  },
  {
    title: 'Errors',
    comparisons: [
      'RETRUN 1',
      'MATCH (n RETURN n',
      'RETURN x',
      'RETURN $nope AS x',
      'RETURN 1 AS a, 2 AS a',
      'MATCH (n:CmpPerson) RETURN n LIMIT -1',
    ],
  },
]
