// What every vitest configuration of this repository shares.

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { TestCounts } from './test-counts.mjs'

/**
 * Workspace packages are tested from their sources, without a build: `@boltline/source` comes first in their exports. Bundlers'
 * `module` is left out, because Node doesn't know it: packages offer under it what Node can't load.
 */
const conditions = ['@boltline/source', 'node', 'development|production']

/**
 * @param {string} mode `soak`: tests read BOLTLINE_SOAK=1 and run their full counts
 * @param {number} testTimeout ms, outside of a soak
 */
export function base(mode, testTimeout) {
  // Projects that extend a configuration read it again, with a mode of their own; the environment is what they share.
  if (mode === 'soak') process.env['BOLTLINE_SOAK'] = '1'
  const soak = process.env['BOLTLINE_SOAK'] === '1'
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      // Tests wait much and compute little: one worker for each processor, where vitest keeps one of them free.
      maxWorkers: Math.max(2, availableParallelism()),
      setupFiles: [fileURLToPath(new URL('patience.ts', import.meta.url))],
      expect: { poll: { timeout: 20_000 } },
      reporters: ['default', new TestCounts('test-counts.json')],
      testTimeout: soak ? 1_800_000 : testTimeout,
      hookTimeout: 120_000,
      teardownTimeout: 10_000,
    },
  }
}
