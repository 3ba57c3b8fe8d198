import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findings } from './words.mjs'

test('a banned word is reported with its place and what to write instead', () => {
  const [finding, ...others] = findings('docs/x.md', 'The pool waits.\nWhoever waits gets a connection.')
  assert.equal(others.length, 0)
  assert.match(finding ?? '', /^docs\/x\.md:2: Whoever: name the actor\n {4}Whoever waits/)
})

test('every banned word is found wherever it stands in a line', () => {
  for (const word of ['nobody', 'Somebody', 'whoever', 'those who', 'is told', 'at all events']) {
    assert.equal(findings('x.ts', `// what ${word} here`).length, 1, word)
  }
})

test('words that merely contain a banned one pass', () => {
  assert.deepEqual(findings('x.ts', 'const toldApart = "nobodies"'), [])
})
