// What the suites of vitest.config.ts share.

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { TestCounts } from './test-counts.mjs'

/**
 * Workspace packages are tested from their sources, without a build: `@boltline/source` comes first in their exports. Bundlers'
 * `module` is left out, because Node doesn't know it: packages offer under it what Node can't load.
 */
const conditions = ['@boltline/source', 'node', 'development|production']

/**
 * The suite that a mode names, and the settings that all suites share.
 *
 * @template {string} Suite
 * @param {string} mode `soak`: tests read BOLTLINE_SOAK=1 and run their full counts; the name of a suite; or both, as in `neo4j-soak`
 * @param {Record<Suite | 'node', { testTimeout: number }>} suites `testTimeout`: ms, outside of a soak
 */
export function base(mode, suites) {
  // Projects that extend a configuration read it again, with a mode of their own; the environment is what they share.
  const [name = ''] = mode.split('-')
  if (name in suites) process.env['BOLTLINE_SUITE'] = name
  if (/\bsoak$/.test(mode)) process.env['BOLTLINE_SOAK'] = '1'
  const suite = /** @type {Suite | 'node'} */ (process.env['BOLTLINE_SUITE'] ?? 'node')
  const soak = process.env['BOLTLINE_SOAK'] === '1'
  const settings = {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      // Tests wait much and compute little: one worker for each processor, where vitest keeps one of them free.
      maxWorkers: Math.max(2, availableParallelism()),
      setupFiles: [fileURLToPath(new URL('patience.ts', import.meta.url))],
      expect: { poll: { timeout: 20_000 } },
      reporters: ['default', new TestCounts(fileURLToPath(new URL('test-counts.json', import.meta.url)))],
      testTimeout: soak ? 1_800_000 : suites[suite].testTimeout,
      hookTimeout: 120_000,
      teardownTimeout: 10_000,
    },
  }
  return { suite, settings }
}
