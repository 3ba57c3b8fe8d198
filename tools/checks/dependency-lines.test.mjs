import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from './dependency-lines.mjs'

const document = `# Architecture

\`left-pad\` is spoken of, but not where dependencies are.

## Dependencies

At run time \`engine\`.

| dependency | for |
| --- | --- |
| \`runner\` 4 | tests, of \`no package\` |
| \`@nest/*\` 12, \`line-*\` (in \`module\`) | applications |
`

test('dependencies with a line of their own or of their family are in order', () => {
  assert.deepEqual(problemsOf(['engine', 'runner', '@nest/core', 'line-1', '@boltline/core'], document), [])
})

test('a dependency without a line is named, once', () => {
  const names = ['engine', 'runner', '@nest/core', 'line-1', 'left-pad', 'left-pad']
  assert.deepEqual(problemsOf(names, document), ['left-pad has no line that says what it is for'])
})

test('a line of what nothing depends on any more is named, be it a name or a family', () => {
  assert.deepEqual(problemsOf(['engine', '@nest/core'], document), [
    'runner has a line, and nothing depends on it',
    'line-* has a line, and nothing depends on it',
  ])
})
