import { defineConfig, mergeConfig } from 'vitest/config'
import { base } from './scripts/testing/base.mjs'

// The tests that need Node alone. A project's name says which server its tests talk to; the counts are kept per name.
export default defineConfig(({ mode }) =>
  mergeConfig(base(mode, 20_000), {
    test: {
      projects: [
        { extends: true, test: { name: 'no server', include: ['*/src/**/*.test.ts'] } },
        {
          extends: true,
          test: {
            name: 'scripted server',
            include: ['*/test/**/*.test.ts'],
            exclude: ['*/test/neo4j/**', 'scripts/**'],
          },
        },
      ],
    },
  }),
)
