import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasParameters, maskCypher } from './mask.ts'

const masks: readonly (readonly [text: string, masked: string])[] = [
  ["MATCH (p:Person {name: 'Ada', age: 36}) RETURN p", 'MATCH (p:Person {name: ?, age: ?}) RETURN p'],
  ["RETURN \"it\\\"s\", 'it\\'s', ''", 'RETURN ?, ?, ?'],
  ['RETURN -1, 1.5e-3, .5, 0xFFe-1, 0o17, 1_000, 1e5', 'RETURN -?, ?, ?, ?-?, ?, ?, ?'],
  ['MATCH (a)-[:R*1..3]->(b) RETURN a.n5, a.x, b', 'MATCH (a)-[:R*?..?]->(b) RETURN a.n5, a.x, b'],
  ['MATCH (n) WHERE n.x IN [1, 2, -3] RETURN n', 'MATCH (n) WHERE n.x IN [?] RETURN n'],
  ["RETURN [x IN ['a', 'b'] | x + 1], [], [n.x, 1]", 'RETURN [x IN [?] | x + ?], [], [n.x, ?]'],
  ['RETURN true, FALSE, null, n.x IS NULL, n.x IS NOT NULL', 'RETURN ?, ?, ?, n.x IS NULL, n.x IS NOT NULL'],
  ['MATCH (n:`A 1` {`b 2`: 3}) RETURN n // 4\n', 'MATCH (n:`A 1` {`b 2`: ?}) RETURN n  \n'],
  ["RETURN /* 'secret' */ 1", 'RETURN   ?'],
  ["RETURN 'open to the end", 'RETURN ?'],
  ['RETURN $name, $0, $`a b`', 'RETURN $name, $0, $`a b`'],
  ["RETURN 'a\\u0027 + 'secret'", '?'],
  ["RETURN 'a\\uu005c' + 'secret'", '?'],
  ["RETURN 'a\\u00e4'", 'RETURN ?'],
]

for (const [text, masked] of masks) {
  it(`maskCypher returns ${JSON.stringify(masked)} for ${JSON.stringify(text)}`, () => {
    expect(maskCypher(text)).toBe(masked)
  })
}

describe('maskCypher with arbitrary text', () => {
  it('maskCypher and hasParameters throw for no text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(typeof maskCypher(text)).toBe('string')
        expect(typeof hasParameters(text)).toBe('boolean')
      }),
    )
  })

  it('maskCypher leaves no digit and no text of a literal', () => {
    const literal = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => String(n)),
      fc.stringMatching(/^[a-z]{6,12}$/).map((word) => `'secret ${word}\\' more'`),
      fc.stringMatching(/^[a-z]{6,12}$/).map((word) => `"secret ${word}"`),
    )
    const text = fc.array(literal, { minLength: 1 }).map((all) => `MATCH (n {x: ${all.join(', y: ')}}) RETURN n`)
    fc.assert(
      fc.property(text, (cypher) => {
        const masked = maskCypher(cypher)
        expect(masked).not.toContain('secret')
        expect(Array.from(masked).some((character) => character >= '0' && character <= '9')).toBe(false)
      }),
    )
  })
})

it('hasParameters ignores parameters in strings, comments and quoted names', () => {
  expect(hasParameters('RETURN $x')).toBe(true)
  expect(hasParameters('RETURN $`a b`')).toBe(true)
  expect(hasParameters("RETURN '$x' // $x")).toBe(false)
  expect(hasParameters('MATCH (`$x`) RETURN 1')).toBe(false)
})
