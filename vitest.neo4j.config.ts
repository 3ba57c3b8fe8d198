import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import { base } from './scripts/testing/base.mjs'
import { nestLine } from './scripts/testing/nest-line.mjs'

const include = ['*/test/neo4j/**/*.test.ts', 'core/test/graph/**/*.test.ts', 'scripts/neo4j/test/**/*.test.ts']
const globalSetup = ['core/test/neo4j/global-setup.ts']
const nest11 = fileURLToPath(new URL('nest-module/test/lines/nest-11', import.meta.url))
const givenServer = (process.env['NEO4J_URI'] ?? '') !== ''

const oneProjectPerVersion = ['5.26', '2026.09'].map((version) => ({
  extends: true,
  test: { name: `Neo4j ${version}`, include, globalSetup, env: { BOLTLINE_NEO4J_VERSION: version } },
}))
/** The Nest module once more, on the older line of Nest. */
const onNest11 = {
  extends: true,
  plugins: [nestLine(nest11)],
  test: {
    name: 'Neo4j 5.26, Nest 11',
    include: ['nest-module/test/neo4j/**/*.test.ts'],
    globalSetup: ['nest-module/test/lines/install.ts', ...globalSetup],
    env: { BOLTLINE_NEO4J_VERSION: '5.26', BOLTLINE_NEST_LINE: '11' },
  },
}
const givenProject = { extends: true, test: { name: 'the given Neo4j', include, globalSetup } }

// The tests that need a real server: both versions, or the one that NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD name.
export default defineConfig(({ mode }) =>
  mergeConfig(base(mode, 120_000), {
    test: {
      projects: givenServer ? [givenProject] : [...oneProjectPerVersion, onNest11],
      // Some files start servers of their own, a gigabyte each.
      maxWorkers: 2,
    },
  }),
)
