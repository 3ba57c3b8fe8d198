import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import { base } from './scripts/testing/base.mjs'
import { nestLine } from './scripts/testing/nest-line.mjs'

const nest11 = fileURLToPath(new URL('nest-module/test/lines/nest-11', import.meta.url))

// The tests that need Node alone. A project's name says which server its tests talk to; the counts are kept per name.
export default defineConfig(({ mode }) =>
  mergeConfig(base(mode, 60_000), {
    test: {
      projects: [
        { extends: true, test: { name: 'no server', include: ['*/src/**/*.test.ts'] } },
        {
          extends: true,
          test: {
            name: 'scripted server',
            include: ['*/test/**/*.test.ts'],
            exclude: ['*/test/neo4j/**', '*/test/graph/**', '*/test/tools/**', 'scripts/**', '**/node_modules/**'],
          },
        },
        {
          extends: true,
          plugins: [nestLine(nest11)],
          test: {
            name: 'scripted server, Nest 11',
            include: ['nest-module/test/**/*.test.ts'],
            exclude: ['nest-module/test/neo4j/**', 'nest-module/test/graph/**', '**/node_modules/**'],
            globalSetup: ['nest-module/test/lines/install.ts'],
            env: { BOLTLINE_NEST_LINE: '11' },
          },
        },
        { extends: true, test: { name: 'embedded graph', include: ['*/test/graph/**/*.test.ts'] } },
      ],
    },
  }),
)
