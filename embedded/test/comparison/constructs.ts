/** Cypher of many kinds: valid and invalid queries, and expressions in every position that accepts one. */

/** Creates the data of the constructs. */
export const before =
  "CREATE (a:A {x: 1, name: 'a', l: [1, 2]})-[:T {w: 1}]->(:Tag {name: 'r'}), (a)-[:T]->(:Tag {name: 's'}), (:A {x: 2, name: 'b'})"

export const parameters = { p: { a: 1, x: 5 }, m: { k: 1 }, l: [1, 2], v: 1 }

const right = `UNWIND [1,2] AS x WITH x ORDER BY x DESC LIMIT 1 RETURN x
MATCH (a:A) WITH a.x AS x, count(*) AS c WHERE c > 0 RETURN x, c ORDER BY x
MATCH (a:A) RETURN DISTINCT a.x AS x ORDER BY x SKIP 1
MATCH (a:A)-[r:T]->(b) DELETE r, a
MATCH (a:A)-[r:T]->(b) DELETE a, r
MATCH (a:A {x:2}) WITH a AS b DELETE b RETURN 1 AS one
MATCH (a:A) CALL { WITH a RETURN a.x AS y } RETURN y ORDER BY y
MATCH (a:A) CALL (a) { MATCH (a)-->(b) RETURN collect(b.name) AS l } RETURN a.x, size(l) ORDER BY a.x
MATCH (a:A) CALL (*) { RETURN a.x AS z } RETURN z ORDER BY z
OPTIONAL CALL db.labels() YIELD label RETURN count(*) > 0 AS x
MATCH (a:A) OPTIONAL CALL (a) { MATCH (a)-->(b) RETURN b.name AS n LIMIT 1 } RETURN a.x, n IS NULL ORDER BY a.x
CALL () { CREATE (:B) } RETURN 1 AS x
MATCH (a) WHERE a:A AND NOT a:B RETURN count(*) AS c
MATCH (a) WHERE a IS :: NODE RETURN count(*)
MATCH (a:A) SET a:B:C RETURN labels(a)
MATCH (a:A) SET a IS B RETURN count(*)
MATCH (a:A) REMOVE a:A RETURN count(*)
MATCH (a:A {x:1}) SET a = {} RETURN properties(a) AS p
MATCH (a:A {x:1}), (b:A {x:2}) SET a.y = b.x, b.y = a.x RETURN a.y, b.y
MATCH (a:A {x:1}) SET a += {z: null, x: 5} RETURN a.x AS x, a.z AS z
MATCH (a:A) MATCH (a)-[:T*1..2]->(b) RETURN count(b) AS c
MATCH (a:A)-[:T*0..1]->(b) RETURN count(b) AS c
MATCH (a:A)-[*]->(b) RETURN count(b) AS c
MATCH (a:A)-[r*1..2]->(b) RETURN [x IN r | type(x)] AS l
MATCH p = (a:A)-[:T]->(b) RETURN [n IN nodes(p) | n.name] AS l ORDER BY l
MATCH p = (a:A)-[:T]->(b) RETURN length(p) AS l, relationships(p)[0].w AS w ORDER BY w
MATCH (a:A) WHERE a.x IN [1, 2] AND a.name CONTAINS 'a' RETURN a.x AS x
MATCH (a:A) WHERE a.name =~ 'a.*' XOR a.x = 2 RETURN count(*) AS c
MATCH (a:A) RETURN a.x AS x, CASE a.x WHEN 1 THEN 'one' ELSE 'other' END AS w ORDER BY x
MATCH (a:A) RETURN a {.*, y: 1} AS m ORDER BY a.x
MATCH (a:A) RETURN collect(DISTINCT a.name) AS l
MATCH (a:A) RETURN [x IN collect(a.x) WHERE x > 1 | x * 2] AS l
RETURN [1,2,3][1..] AS a, [1,2,3][..2] AS b, [1,2,3][-1] AS c
RETURN {a: {b: 1}}.a.b AS x
RETURN head([1]) AS a, last([1,2]) AS b, tail([1,2]) AS c, reverse([1,2]) AS d
RETURN toUpper('a') AS a, trim(' a ') AS b, split('a,b', ',') AS c, replace('abc', 'b', 'x') AS d
RETURN substring('hello', 1, 3) AS a, left('abc', 2) AS b, right('abc', 2) AS c, size('abc') AS d
RETURN coalesce(null, 1) AS x, toInteger('5') AS a, toFloat('1.5') AS b, toBoolean('true') AS c, toString(5) AS d
RETURN abs(-1) AS a, ceil(1.2) AS b, floor(1.8) AS c, sign(-3) AS d, sqrt(4) AS e
RETURN round(1.5) AS a, pi() > 3 AS b, e() > 2 AS c, exp(0) AS d, log(1) AS f
RETURN sin(0) AS a, cos(0) AS b, atan2(0, 1) AS c, degrees(0) AS d, radians(0) AS e
RETURN rand() < 1 AS a, timestamp() > 0 AS b
RETURN keys({a: 1, b: 2}) AS k
RETURN range(1, 3) AS a, range(0, 10, 5) AS b
RETURN any(x IN [1] WHERE x = 1) AS a, all(x IN [] WHERE x = 1) AS b, none(x IN [1] WHERE x = 2) AS c, single(x IN [1, 2] WHERE x = 1) AS d
RETURN isEmpty([]) AS a
RETURN elementId(null) AS a
MATCH (a:A {x:1}) RETURN id(a) >= 0 AS a, size(elementId(a)) > 0 AS b, labels(a) AS c, keys(a) AS k
MATCH (a:A)-[r]->(b) RETURN startNode(r) = a AS a, endNode(r) = b AS b, type(r) AS t LIMIT 1
MATCH (a:A) RETURN min(a.x) AS mi, max(a.name) AS ma, avg(a.x) AS av, sum(a.x) AS s, stDev(a.x) AS sd
MATCH (a:A) RETURN percentileCont(a.x, 0.5) AS p
MERGE (a:A {x: 9}) ON CREATE SET a.new = true ON MATCH SET a.old = true RETURN a.new AS n
MATCH (a:A {x:1}) MERGE (a)-[r:T {w: 1}]->(t:Tag {name: 'r'}) RETURN type(r) AS t
MATCH (a:A {x:1}) MERGE (a)-[:NEW]->(t:Tag {name: 'q'}) RETURN t.name AS t
MERGE (a:New {k: 1})-[:R]->(b:New {k: 2}) RETURN a.k, b.k
UNWIND [{k: 1}, {k: 2}] AS row CREATE (n:B) SET n = row RETURN n.k AS k ORDER BY k
UNWIND [[1, 2], [3]] AS l UNWIND l AS x RETURN x
UNWIND null AS x RETURN x
UNWIND [] AS x RETURN x
MATCH (a:A) RETURN a.x AS x UNION MATCH (t:Tag) RETURN t.name AS x
MATCH (a:A) WITH a LIMIT 1 MATCH (a)-->(b) RETURN count(b) AS c
MATCH (a:A) WITH * WHERE a.x = 1 RETURN a.x AS x
MATCH (a:A) WITH *, a.x AS y RETURN y ORDER BY y
MATCH (a:A) RETURN *
MATCH (a:A), (t:Tag) RETURN count(*) AS c
MATCH (a:A) WHERE (a)-[:T]->(:Tag {name: 'r'}) RETURN a.x AS x
MATCH (a:A) WHERE COUNT { (a)-->() } > 1 RETURN a.x AS x
MATCH (a:A) WHERE COUNT { MATCH (a)-[:T]->(b) WHERE b.name = 'r' } = 1 RETURN a.x AS x
MATCH (a:A) RETURN COUNT { MATCH (a)-->(b) RETURN b } AS c ORDER BY c
MATCH (a:A) RETURN [x IN [1] WHERE COUNT { (a)-->() } > 0 | x] AS l ORDER BY a.x
WITH 1 AS where WHERE where = 1 RETURN where + 1 AS x
UNWIND [1] AS match RETURN match AS return ORDER BY return
RETURN {where: 1}.where AS union
MATCH (where:A) RETURN where.x AS in ORDER BY in
MATCH (a:A) RETURN a.x AS x, EXISTS { MATCH (a)-->(b)-->(c) } AS e ORDER BY x
MATCH (a:A) WITH collect(a) AS l RETURN size(l) AS s, [x IN l | x.x] AS xs
MATCH (a:A) WITH collect(a) AS l UNWIND l AS b RETURN b.x AS x ORDER BY x
MATCH (a:A) WITH collect(a)[0] AS b RETURN b.x IS NOT NULL AS x
MATCH (a:A) WITH {n: a} AS m RETURN m.n.x AS x ORDER BY x
MATCH (n) WHERE n.x IS NOT NULL SET n.y = toString(n.x) RETURN n.y ORDER BY n.y
MATCH (n:A) SET n.l = [1,2], n.l = n.l + [3] RETURN n.l
MATCH (n:A {x:1}) SET n.d = date('2024-01-01') RETURN n.d AS d
MATCH (n:A {x:1}) SET n.t = datetime() RETURN n.t IS NOT NULL AS d
RETURN date() <= date() AS a
RETURN date('2024-01-01') + duration('P1D') AS d
RETURN date('2024-01-31').month AS m, date('2024-01-31').year AS y
RETURN datetime('2024-01-02T03:04:05Z').epochMillis AS m
RETURN duration({days: 1, hours: 2}) AS d
RETURN duration('P1Y2M3DT4H5M6S').months AS m
RETURN localtime('03:04') AS l, time('03:04+01:00') AS z
RETURN date({year: 2024, week: 5}) AS d
RETURN datetime({epochSeconds: 1}) AS d
RETURN 'a' + 1 AS x
RETURN 'a' + 1.5 AS x
RETURN 1 + null AS x
RETURN 5 % 3 AS a, -5 / 2 AS b, 5.0 / 2 AS c, 2 ^ 3 AS d
RETURN 1 < 2 < 3 AS x
RETURN NOT true AS x, true AND null AS y
RETURN null IS NULL AS x
RETURN 'abc' STARTS WITH 'a' AS a, 'abc' ENDS WITH 'c' AS b
RETURN "it's" AS a, 'say "x"' AS b, '\\u00e9' AS c, 'a\\nb' AS d
RETURN $p.a AS x
RETURN $p['a'] AS x
RETURN [x IN range(1, 3) | x ^ 2] AS l
WITH [1, 2, 3] AS l RETURN reduce(acc = 0, x IN l | acc + x) AS s
WITH 1 AS x WITH x, x + 1 AS y RETURN x, y
WITH {a: 1} AS m RETURN m['a'] AS x
WITH 'a' AS k RETURN {a: 1}[k] AS x
MATCH (a:A) RETURN a['x'] AS x ORDER BY x
MATCH (a:A {x:1}) WITH 'x' AS k, a RETURN a[k] AS x
MATCH (a:\`A\`) RETURN count(*) AS c
MATCH (a {x: 1}) RETURN a.name AS n
MATCH ()-[r]->() RETURN count(r) AS c
MATCH (a)--(b) RETURN count(*) AS c
MATCH (a)<-[:T]-(b) RETURN count(*) AS c
MATCH (a:A)-[:T]->(b)<-[:T]-(a) RETURN count(*) AS c
MATCH (a:A)-[:T]->(b), (a)-[:T]->(c) WHERE b <> c RETURN count(*) AS c
MATCH (a:A) USING INDEX a:A(x) WHERE a.x = 1 RETURN a.x
SHOW FUNCTIONS YIELD name RETURN count(*) > 0 AS x
SHOW PROCEDURES YIELD name RETURN count(*) > 0 AS x
SHOW CONSTRAINTS
SHOW INDEXES
SHOW DATABASES
SHOW DEFAULT DATABASE
SHOW SETTINGS YIELD name RETURN count(*) > 0 AS x
CALL db.labels()
CALL db.propertyKeys()
CALL db.schema.visualization()
CALL db.schema.nodeTypeProperties()
CALL dbms.components()
CALL dbms.listConfig('x')
CALL apoc.help('x')
EXPLAIN RETURN 1
PROFILE RETURN 1
CREATE (n:A) RETURN n.x IS :: STRING AS b
MATCH (a:A) ORDER BY a.x LIMIT 1 RETURN a.x
MATCH (a:A) SKIP 1 RETURN count(*)
MATCH (a:A) RETURN a.x AS x ORDER BY x ASC NULLS LAST
MATCH (a:A&!B) RETURN count(*)
MATCH (a:%) RETURN count(*)
MATCH (a)-[r:!T]->() RETURN count(*)
MATCH (a)-[r:T|X]->() RETURN count(*) AS c
MATCH SHORTEST 1 (a:A {x:1})-->+(b) RETURN count(*)
MATCH ANY SHORTEST (a:A {x:1})-->+(b) RETURN count(*)
MATCH (a:A)-->{1,2}(b) RETURN count(*)
MATCH REPEATABLE ELEMENTS (a:A)-->(b) RETURN count(*)
RETURN shortestPath((:A)-[*]-(:B)) AS p
MATCH (a:A {x:1}), (b:Tag {name:'r'}), p = shortestPath((a)-[*]-(b)) RETURN length(p) AS l
MATCH (a:A {x:1}), (b:Tag {name:'r'}) RETURN shortestPath((a)-[*]-(b)) IS NOT NULL AS l
WITH point({x: 1, y: 2}) AS p RETURN p.x
RETURN toStringList([1, 2]) AS l
RETURN trim(BOTH 'x' FROM 'xax') AS t
RETURN normalize('a') AS n
RETURN 'a' IS NORMALIZED AS n
RETURN nullIf(1, 1) AS n
RETURN valueType(1) AS n
RETURN char_length('abc') AS n
RETURN 0x1F AS a, 0o17 AS b, 1_000 AS c, 1e3 AS d, .5 AS f
RETURN Infinity AS i
RETURN INF AS i, NaN AS n
RETURN [1, 2] = [1, 2] AS a, {a: 1} = {a: 1} AS b
RETURN 1 <> 2 AS a
RETURN vector.similarity.cosine([1.0], [1.0]) AS v
FOREACH (x IN [1, 2] | CREATE (:F {x: x}))
MATCH (a:A) FOREACH (b IN [(a)-->(t) | t] | SET b.y = a.x)
MATCH (a:A {x:1}) FOREACH (t IN [(a)-->(t) | t.name] | CREATE (:N {n: t}))
MATCH (a:A) UNWIND [(a)-->(b) | b.name] AS x RETURN count(x) AS c
MATCH (a:A) WITH a, size([(a)-->(b) | b]) AS s RETURN a.x AS x, s ORDER BY x
MATCH (a:A) WHERE size([(a)-->(b) WHERE b.name = 'r' | b]) = 1 RETURN a.x AS x
MATCH (a:A {x:1}) RETURN [(a)-[r]->(b) | {t: type(r), n: b.name}] AS l
MATCH (a:A {x:1}) RETURN [p = (a)-->(b) | length(p)] AS l
MATCH (a:A) RETURN a.x + size([(a)-->(b) | 1]) AS s ORDER BY s
MATCH (a:A) DETACH DELETE a CREATE (:Z)
MATCH (a:A) NODETACH DELETE a
MATCH (a:A {x:1})-[r]->(b) DELETE r WITH a, count(*) AS c DELETE a RETURN c
CREATE (a:C {id: randomUUID(), n: 1}) RETURN size(a.id) AS s
UNWIND [1, 2] AS x RETURN count(DISTINCT randomUUID()) AS c
MERGE (u:U {k: 1}) ON CREATE SET u.id = randomUUID() RETURN size(u.id) AS s
CREATE (a:C)-[:R {k: 1}]->(b:C), (b)-[:R]->(a)
MATCH (a:A {x: 1}) CREATE (a)-[r:NEW {since: date('2024-01-01')}]->(b:B {x: a.x}) RETURN r.since AS s, b.x AS x
MATCH (n) DETACH DELETE n
MATCH (a:A) RETURN a.x AS \`a b\` ORDER BY \`a b\`
MATCH (a:A) WHERE a.x = 1 OR a.x = 2 WITH a SKIP 1 LIMIT 1 RETURN count(a) AS c
CREATE (a:A {x: 1}), (b:B) WITH a, b CREATE (a)-[:R]->(b)
MATCH (a:A) WITH a.name AS name, collect(a) AS g RETURN name, size(g) AS s ORDER BY name
MATCH (t:Tag) WITH t ORDER BY t.name WITH collect(t.name) AS l RETURN l
LOAD CSV FROM 'file:///x.csv' AS l RETURN l
USE neo4j RETURN 1 AS x
LET x = 1 RETURN x
FILTER true RETURN 1
MATCH (a:A) RETURN a.x AS x NEXT RETURN x
MATCH (a:A {x: 1}) OPTIONAL MATCH (a)<-[:FOR]-(c) DETACH DELETE c, a
DELETE null
WITH null AS n DELETE n
OPTIONAL MATCH (n:Nope) DELETE n
OPTIONAL MATCH (n:Nope) DETACH DELETE n RETURN count(*) AS c
OPTIONAL MATCH (n:A)-[r:NOPE]->() DELETE r
MATCH (a:A) OPTIONAL MATCH (a)-[r:T]->() DELETE r, a
MATCH (a:A) OPTIONAL MATCH (a)-[r:T]->() DELETE a, r
MATCH (a:A {x: 1}) DETACH DELETE a, null
MATCH (a:A) WITH collect(a) AS l FOREACH (x IN l | DETACH DELETE x)
MATCH (a:A) FOREACH (x IN [null, a] | DETACH DELETE x)
CREATE (n $p)
CREATE ($p)
CREATE (n:L $p) RETURN n.a AS a
CREATE (:L $p)-[:R $m]->(m:M $p) RETURN m.x AS x
RETURN size(randomUUID()) AS s, randomUUID() =~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' AS form`

const wrong = `RETRUN 1
MATCH (n RETURN n
MATCH (n)) RETURN n
MATCH (n) RETRN n
MATCH (n) RETURN n LIMT 5
MATCH (n) RETURN n.
MATCH (n) RETURN
MATCH (n) WHERE RETURN n
RETURN 1 +
RETURN 1 2
RETURN 'a' 'b'
RETURN (1
RETURN 'abc
RETURN \`abc
MATCH (n) RETURN m
MATCH (n) WHERE m.x = 1 RETURN n
RETURN foo(1)
RETURN count(1, 2)
RETURN toUpper()
RETURN toUpper('a', 'b')
CALL foo.bar()
CALL db.labels(1)
MATCH (n) RETURN n.x, n.x
RETURN 1 AS a, 2 AS a
MATCH (n) RETURN n LIMIT -1
MATCH (n) RETURN n LIMIT 'a'
MATCH (n) RETURN n LIMIT n.x
MATCH (n) RETURN count(n) + n.x
MATCH (n) WHERE count(n) > 1 RETURN n
CREATE (n)-[r]->(m)
CREATE (n)--(m)
CREATE (n)-[:A|B]->(m)
CREATE (n)-[:A*2]->(m)
MATCH (a:A) CREATE (a:B)
MATCH (a:A) CREATE (a {x: 1})
CREATE (n:A {x: y})
CREATE (n) RETURN n.x = 
MATCH (n) SET n.x
MATCH (n) SET x = 1
MATCH (n) DELETE n.x
MATCH (n) DELETE 1
DELETE x
RETURN 1 / 0
RETURN 9223372036854775807 + 1
RETURN 9223372036854775808
RETURN [1,2][a]
RETURN {a: 1,}
RETURN [1,,2]
RETURN {a 1}
UNWIND [1] RETURN 1
UNWIND [1] AS x
WITH 1 RETURN 1
WITH 1 AS x
MATCH (n) WITH n.x RETURN 1
RETURN *
RETURN 1 UNION RETURN 2 AS x
RETURN 1 AS x UNION RETURN 2 AS y
RETURN 1 AS x UNION RETURN 1 AS x UNION ALL RETURN 2 AS x
MATCH (n) MERGE (n)-[r]->(m) RETURN r
MERGE (n)-[:A|B]->(m)
MERGE (n {x: null})
FOREACH (x IN [1] | RETURN x)
FOREACH (x [1] | CREATE (:A))
FOREACH (x IN 1 | CREATE (:A))
MATCH (n) RETURN n ORDER n.x
MATCH (n) ORDER BY
RETURN CASE WHEN true THEN 1
RETURN CASE END
RETURN NOT
RETURN x IN [1]
RETURN $
RETURN -'a'
RETURN NOT 1
RETURN 1 AND true
RETURN 'a' < 1
RETURN date('nope')
RETURN datetime('2024-13-01T00:00:00Z')
RETURN duration('x')
RETURN toInteger({})
RETURN size(1)
RETURN head(1)
RETURN keys(1)
RETURN labels(1)
RETURN sqrt('a')
RETURN abs('a')
RETURN range('a', 1)
RETURN split(1, 2)
RETURN substring('abc', 'x')
RETURN reduce(s = 0, x IN [1])
RETURN all(x IN [1])
RETURN [x IN 1 | x]
RETURN {a: 1}.b.c
RETURN null.x
RETURN 1[0]
RETURN 'abc'[0]
MATCH (n) RETURN n.x.y
MATCH p = (a)-->(b) RETURN p.x
MATCH p = (a)-->(b) SET p.x = 1
MATCH (n)-[n]->() RETURN n
MATCH (n) MATCH (n:A)-[r]->(r) RETURN n
MATCH (a)-[r*]->(b) SET r.x = 1
CREATE CONSTRAINT c FOR (n:L) REQUIRE n.x
DROP CONSTRAINT nope
DROP INDEX nope
SHOW NOPE
USE nope RETURN 1
EXPLAIN RETRUN 1
CYPHER 9 RETURN 1
MATCH (n) RETURN n;; RETURN 1
RETURN 1; RETURN 2
MATCH (a)-[:T->(b) RETURN a
MATCH (a)-(b) RETURN a
MATCH (a)->(b) RETURN a
MATCH a RETURN a
MATCH (a:) RETURN a
MATCH (:A:) RETURN 1
CREATE n
CREATE (n:A {x})
MERGE
SET x.y = 1
REMOVE n.x
RETURN 'a' =~ '['
RETURN count(count(1))
RETURN [x IN [1] WHERE count(x) > 1 | x]
MATCH (n) CALL { RETURN n } RETURN 1
CALL { RETURN 1 } RETURN 1
CALL { RETURN 1 AS x } CALL { RETURN 2 AS x } RETURN x
MATCH (n) RETURN EXISTS { x }
MATCH (n) RETURN exists(n)
RETURN (a)-->(b)
MATCH (a) RETURN (a)-->(c)
MATCH (n) RETURN n {.x, y}
RETURN $p.x.y.z
RETURN toUpper(1)
CREATE (n:L $v)
MERGE (n:L $p) RETURN n
MATCH (n:L $p) RETURN n`

const expressions = [
  'a.x',
  'a.nope',
  'null',
  "'t'",
  '[1, 2]',
  '[]',
  '{k: 1}',
  'a',
  'labels(a)',
  '$p',
  '$m',
  '$m.k',
  '$l[0]',
  'randomUUID()',
  'size(a.name)',
  'toUpper(a.name)',
  '[y IN a.l | y + 1]',
  '[(a)-->(b) | b.name]',
  '[p = (a)-->(b) | length(p)]',
  'EXISTS { (a)-->() }',
  "EXISTS { MATCH (a)-[:T]->(b) WHERE b.name = 'r' }",
  'COUNT { (a)-->() }',
  'COLLECT { MATCH (a)-->(b) RETURN b.name }',
  '(a)-->()',
  'exists((a)-->())',
  "CASE WHEN a.x = 1 THEN 'one' ELSE 'other' END",
  'reduce(s = 0, y IN a.l | s + y)',
  'any(y IN a.l WHERE y = 1)',
  "all(y IN ['r'] WHERE EXISTS { (a)-->(:Tag {name: y}) })",
  "date('2024-01-01')",
  'datetime()',
  "duration('P1D')",
  'date().year',
  'a {.name, k: 1}',
  'a {.*}',
  'coalesce(a.nope, 1)',
  'a.x + 1',
  "a.name + 'x'",
  '-a.x',
  'a.x IN [1]',
  'a.x IS NULL',
  'a:A',
  "a.name =~ 'a.*'",
  'head(a.l)',
  'a.l[0]',
  "a['x']",
  'keys(a)',
  'properties(a)',
  'id(a)',
  'elementId(a)',
  'toString(a.x)',
  'startNode(r)',
  'count(*)',
  'collect(a.x)',
  'max(a.x)',
  'timestamp()',
  'range(1, 3)',
  'rand() < 2',
  'point({x: 1, y: 2})',
  'a.x IS :: INTEGER',
  'isEmpty([])',
  'round(1.5)',
  "a.name || 'x'",
  'NOT (a.x = 1)',
  '1 < a.x < 3',
]

const places: readonly ((expression: string) => string)[] = [
  (e) => `MATCH (a:A) RETURN ${e} AS v`,
  (e) => `MATCH (a:A) WITH ${e} AS v RETURN count(v) AS c`,
  (e) => `MATCH (a:A) WITH a, ${e} AS v WHERE v IS NOT NULL RETURN count(*) AS c`,
  (e) => `MATCH (a:A) WHERE ${e} IS NOT NULL RETURN count(*) AS c`,
  (e) => `MATCH (a:A) SET a.y = ${e}`,
  (e) => `MATCH (a:A) UNWIND [${e}] AS v RETURN count(*) AS c`,
  (e) => `MATCH (a:A) FOREACH (v IN [${e}] | CREATE (:N))`,
  (e) => `MATCH (a:A) CREATE (n:N {k: ${e}})`,
  (e) => `MATCH (a:A) RETURN a.x AS x ORDER BY ${e}`,
  (e) => `MATCH (a:A) RETURN CASE WHEN ${e} IS NULL THEN 0 ELSE 1 END AS v`,
  (e) => `MATCH (a:A) RETURN [i IN [1] | ${e}] AS v`,
  (e) => `MATCH (a:A) WHERE all(i IN [1] WHERE ${e} IS NOT NULL) RETURN count(*) AS c`,
  (e) => `MATCH (a:A) CALL (a) { RETURN ${e} AS v } RETURN count(v) AS c`,
  (e) => `MATCH (a:A) MERGE (n:N {k: ${e}})`,
  (e) => `MATCH (a:A) RETURN count(${e}) AS c`,
  (e) => `MATCH (a:A) RETURN DISTINCT ${e} AS v`,
  (e) => `MATCH (a:A) WITH a, ${e} AS v DELETE v`,
  (e) => `MATCH (a:A) RETURN {k: ${e}} AS v`,
  (e) => `MATCH (a:A) WHERE a.x = 1 OR ${e} RETURN count(*) AS c`,
  (e) => `MATCH (a:A) RETURN coalesce(${e}, 1) AS v`,
  (e) => `MATCH (a:A) SET a += {z: ${e}}`,
  (e) => `MATCH (a:A) RETURN a.x AS x SKIP 0 LIMIT ${e}`,
  (e) => `MATCH (a:A) OPTIONAL MATCH (c:C {k: ${e}}) RETURN count(c) AS c`,
  (e) => `MATCH (a:A) OPTIONAL MATCH (a)-[r]->(d) DELETE r, d RETURN ${e} AS v`,
]

/** All constructs. */
export const constructs: readonly string[] = [
  ...right.split('\n'),
  ...wrong.split('\n'),
  ...places.flatMap((place) => expressions.map(place)),
]
