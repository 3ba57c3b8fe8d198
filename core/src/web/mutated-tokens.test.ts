import { expect, it } from 'vitest'
import { generator } from '../../../tools/testing/random.mjs'
import { BookmarkTokens, type TokenScope } from './bookmark-tokens.ts'

const soak = process.env['BOLTLINE_SOAK'] === '1'
const mutations = soak ? 1_000_000 : 100_000
const seed = Number(process.env['BOLTLINE_SEED'] ?? Date.now() % 2 ** 31)

const random = generator(seed)
const below = (n: number) => Math.floor(random() * n)
const alphabet = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,= %"\0\n\xff{}[]`
const character = () => alphabet.charAt(below(alphabet.length))
const cut = (text: string, at: number, length: number, put: string) => text.slice(0, at) + put + text.slice(at + length)

const mutators: readonly ((token: string, other: string) => string)[] = [
  (token) => cut(token, below(token.length), 1, character()),
  (token) => cut(token, token.length - 1 - below(4), 1, character()),
  (token) => cut(token, below(token.length + 1), 0, character()),
  (token) => cut(token, below(token.length), 1, ''),
  (token) => cut(token, below(token.length), 1 + below(20), ''),
  (token) => token.slice(0, below(token.length)),
  (token) => token + character(),
  (token) => character() + token,
  (token, other) => cut(token, below(token.length), below(20), other.slice(below(other.length)).slice(0, 20)),
  // The fields of one token in another: content with a foreign signature, another end, another key.
  (token, other) => {
    const fields = token.split('.')
    const at = below(fields.length)
    fields[at] = other.split('.')[at] ?? ''
    return fields.join('.')
  },
  (token) => {
    const at = below(token.length)
    const one = token.charAt(at)
    return cut(token, at, 1, one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())
  },
  (token, other) => `${token},${cut(other, below(other.length), 1, character())}`,
]

it(`accepts none of ${mutations} mutated tokens and never throws (seed ${seed})`, { timeout: 600_000 }, () => {
  const tokens = new BookmarkTokens({
    secrets: ['one secret of at least 32 bytes!', 'the other secret of 32 bytes too'],
  })
  const scope: TokenScope = { database: 'neo4j', boundTo: 'ada' }
  const sealed = Array.from(
    { length: 64 },
    (_, i) =>
      tokens.seal(
        Array.from({ length: 1 + (i % 8) }, (_, at) => `FB:kcwQ${i}+${at}aVvTgSWRTqZm=`),
        scope,
      ).text,
  )
  const genuine = new Set(sealed)
  const accepted: string[] = []
  const refusals = new Set<string>()
  let tried = 0
  while (tried < mutations) {
    const pick = () => sealed[below(sealed.length)] as string
    const mutated = (mutators[below(mutators.length)] as (typeof mutators)[number])(pick(), pick())
    // Some mutations change nothing, or put two whole tokens beside each other.
    if (mutated === '' || mutated.split(',').every((part) => genuine.has(part.trimStart()))) continue
    tried++
    const { bookmarks, refused } = tokens.open(mutated, scope)
    if (refused === null || bookmarks.length > 0) accepted.push(mutated)
    else refusals.add(refused)
  }
  expect(accepted).toEqual([])
  expect(refusals).toContain('malformed')
  expect(refusals).toContain('forged')
  for (const token of genuine) expect(tokens.open(token, scope).refused).toBeNull()
})
