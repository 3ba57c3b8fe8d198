import { defineConfig, mergeConfig } from 'vitest/config'
import { base } from './scripts/testing/base.mjs'

const include = ['*/test/neo4j/**/*.test.ts', 'core/test/graph/**/*.test.ts', 'scripts/neo4j/test/**/*.test.ts']
const globalSetup = ['core/test/neo4j/global-setup.ts']
const givenServer = (process.env['NEO4J_URI'] ?? '') !== ''

const oneProjectPerVersion = ['5.26', '2026.09'].map((version) => ({
  extends: true,
  test: { name: `Neo4j ${version}`, include, globalSetup, env: { BOLTLINE_NEO4J_VERSION: version } },
}))
const givenProject = { extends: true, test: { name: 'the given Neo4j', include, globalSetup } }

// The tests that need a real server: both versions, or the one that NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD name.
export default defineConfig(({ mode }) =>
  mergeConfig(base(mode, 60_000), {
    test: { projects: givenServer ? [givenProject] : oneProjectPerVersion },
  }),
)
