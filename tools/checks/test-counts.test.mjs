// Proves that a run fails when tests vanish, are skipped, or leave a rejection behind, and that a partial run is spared.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../workspaces.mjs'

const config = `
import { TestCounts } from '${new URL('../testing/test-counts.mjs', import.meta.url)}'
const project = (name) => ({ extends: true, test: { name, include: [name + '/*.test.ts'] } })
export default {
  test: { reporters: ['default', new TestCounts('counts.json')], projects: [project('moon'), project('mars')] },
}`
const passing = "import { test } from 'vitest'\ntest('passes', () => undefined)\n"

/**
 * Runs vitest on two servers' tests, one each.
 *
 * @param {Record<string, string>} changes files that replace or extend them
 * @param {readonly string[]} filters
 */
function run(changes, filters = []) {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, '.cache/counts-'))
  const files = {
    'vitest.config.mjs': config,
    'counts.json': '{ "moon": 1, "mars": 1 }',
    'moon/crater.test.ts': passing,
    'mars/crater.test.ts': passing,
    ...changes,
  }
  try {
    for (const server of ['moon', 'mars']) mkdirSync(join(folder, server))
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', ...filters], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, lines: stdout.trimEnd().split('\n') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a whole run prints the tests of each server and closes with the sum', () => {
  const { status, lines } = run({})
  assert.deepEqual(lines.slice(-3), ['tests executed on moon: 1', 'tests executed on mars: 1', '2 passed, 0 failed'])
  assert.equal(status, 0)
})

test('a run that executes fewer tests on one server than committed fails', () => {
  const { status, lines } = run({ 'counts.json': '{ "moon": 1, "mars": 2 }' })
  assert.match(lines.at(-2) ?? '', /^only 1 tests were executed on mars, counts\.json demands 2/)
  assert.equal(lines.at(-1), '2 passed, 1 failed')
  assert.equal(status, 1)
})

test('a server without a committed count fails the run', () => {
  const { status, lines } = run({ 'counts.json': '{ "moon": 1 }' })
  assert.equal(lines.at(-1), '2 passed, 1 failed')
  assert.equal(status, 1)
})

test('a skipped test fails the run', () => {
  const skipping = "import { test } from 'vitest'\ntest.skip('passes', () => undefined)\n"
  const { status, lines } = run({ 'moon/other.test.ts': skipping })
  assert.equal(lines.at(-1), '2 passed, 1 failed')
  assert.equal(status, 1)
})

test('an unhandled rejection fails the run', () => {
  const careless = "import { test } from 'vitest'\ntest('passes', () => void Promise.reject(new Error('lost')))\n"
  const { status, lines } = run({ 'moon/other.test.ts': careless })
  assert.equal(lines.at(-1), '3 passed, 1 failed')
  assert.equal(status, 1)
})

test('a run of chosen files is not measured by the counts of all', () => {
  const { status, lines } = run({ 'counts.json': '{ "moon": 1, "mars": 9 }' }, ['moon'])
  assert.equal(lines.at(-1), '1 passed, 0 failed')
  assert.equal(status, 0)
})
