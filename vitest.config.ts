import { defineConfig } from 'vitest/config'
import { TestCounts } from './scripts/testing/test-counts.mjs'

const conditions = ['source', 'module', 'node', 'development|production']

// The tests that need Node alone. A project's name says which server its tests talk to; the counts are kept per name.
export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', new TestCounts('test-counts.json')],
    testTimeout: mode === 'soak' ? 1_800_000 : 20_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    env: mode === 'soak' ? { BOLTLINE_SOAK: '1' } : {},
    projects: [
      { extends: true, test: { name: 'no server', include: ['*/src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'scripted server',
          include: ['*/test/**/*.test.ts'],
          exclude: ['*/node_modules/**', '*/test/neo4j/**', '*/test/any-server/**', 'scripts/**'],
        },
      },
    ],
  },
}))
