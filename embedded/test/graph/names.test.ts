import { expect, it } from 'vitest'
import { useGraph } from './fixture.ts'

const { rows } = useGraph()

/** The keywords that the engine reserves, and some that it does not. */
const keywords =
  'where match return with union set and in as null distinct not is case create optional then or true false delete merge remove detach unwind xor when else order limit skip count exists call yield foreach end'.split(
    ' ',
  )
const literals = new Set(['null', 'true', 'false'])

it.each(keywords)(
  'The embedded graph accepts the keyword %s as alias, property, map key, label and type',
  async (word) => {
    expect(await rows(`RETURN 1 AS ${word}`)).toEqual([{ [word]: 1 }])
    expect(await rows(`RETURN {${word}: 1} AS x`)).toEqual([{ x: { [word]: 1 } }])
    expect(await rows(`WITH {${word}: 1} AS m RETURN m.${word}`)).toEqual([{ [`m.${word}`]: 1 }])
    await rows(`CREATE (:${word} {${word}: 1})-[:${word}]->()`)
    expect(await rows(`MATCH (a:${word})-[:${word}]->() RETURN a.${word} AS x`)).toEqual([{ x: 1 }])
  },
)

it.each(keywords.filter((word) => !literals.has(word)))(
  'The embedded graph accepts the keyword %s as a variable of WITH, UNWIND, patterns and comprehensions',
  async (word) => {
    expect(await rows(`WITH 1 AS ${word} RETURN ${word} AS x`)).toEqual([{ x: 1 }])
    expect(await rows(`UNWIND [2] AS ${word} RETURN ${word} AS ${word} ORDER BY ${word}`)).toEqual([{ [word]: 2 }])
    expect(await rows(`RETURN [${word} IN [3] | ${word}] AS x`)).toEqual([{ x: [3] }])
    await rows('CREATE (:A {x: 4})')
    expect(await rows(`MATCH (${word}:A) RETURN ${word}.x AS x`)).toEqual([{ x: 4 }])
  },
)

it.each([
  ['WITH 1 AS where WHERE where = 1 RETURN where + 1 AS x', [{ x: 2 }]],
  ['WITH 1 AS with WITH with AS match, 2 AS y RETURN match + y AS x', [{ x: 3 }]],
  ['WITH true AS not WHERE NOT not RETURN 1 AS x', []],
  ['WITH 2 AS distinct RETURN DISTINCT distinct AS x', [{ x: 2 }]],
  ["WITH 1 AS case RETURN CASE case WHEN 1 THEN 'one' END AS x", [{ x: 'one' }]],
  ['with true as not where not not return 1 as x', []],
  ['with 2 as distinct return distinct distinct as x', [{ x: 2 }]],
  ["with 1 as case return case case when 1 then 'one' end as x", [{ x: 'one' }]],
  ['WITH 1 AS null, 2 AS true RETURN null AS x, true AS y', [{ x: null, y: true }]],
  ['RETURN {a: null, b: true, c: CASE WHEN false THEN 1 ELSE 2 END} AS x', [{ x: { a: null, b: true, c: 2 } }]],
  ['CREATE (set:A) SET set.x = 5 RETURN set.x AS x', [{ x: 5 }]],
  ['CREATE (delete:A) DELETE delete', []],
  ['WITH [1, 2] AS set CREATE (a:A) FOREACH (x IN set | SET a.x = x) RETURN a.x AS x', [{ x: 2 }]],
  ['WITH 3 AS return, count(*) AS c RETURN return * 2 AS x', [{ x: 6 }]],
])('The embedded graph tells the names from the keywords in %s', async (query, expected) => {
  expect(await rows(query)).toEqual(expected)
})

it.each([
  ['RETURN [x IN [1] WHERE COUNT { (a)-->() } > 0 | x] AS x', [{ x: [1] }, { x: [] }]],
  ['RETURN any(x IN [1] WHERE COUNT { (a)-->() } = 1) AS x', [{ x: true }, { x: false }]],
  ['WHERE any(x IN [1] WHERE COUNT { (a)-->() } = 0) RETURN a.x AS x', [{ x: 2 }]],
  ['RETURN [x IN [1] | COUNT { (a)-->() } + 1] AS x', [{ x: [2] }, { x: [1] }]],
])('The embedded graph counts by a subquery inside of a comprehension: %s', async (query, expected) => {
  await rows('CREATE (:A {x: 1})-[:T]->(:A {x: 2})')
  expect(await rows(`MATCH (a:A) WITH a ORDER BY a.x ${query}`)).toEqual(expected)
})
