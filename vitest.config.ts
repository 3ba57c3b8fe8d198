import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig, type TestProjectConfiguration } from 'vitest/config'
import { base } from './tools/testing/base.mjs'
import { nestLine } from './tools/testing/nest-line.mjs'

// A project's name says which server its tests talk to; the counts of tests are kept per name.

/** The oldest supported Nest, with its own installation, instead of the one that the repository has. */
const nest11 = {
  extends: true as const,
  plugins: [nestLine(fileURLToPath(new URL('nest-module/test/lines/nest-11', import.meta.url)))],
}
const installNest11 = 'nest-module/test/lines/install.ts'
const installed = '**/node_modules/**'

/** The tests that need Node alone. */
function onNode(): TestProjectConfiguration[] {
  return [
    { extends: true, test: { name: 'no server', include: ['*/src/**/*.test.ts'] } },
    {
      extends: true,
      test: {
        name: 'scripted server',
        include: ['*/test/**/*.test.ts'],
        exclude: ['*/test/neo4j/**', '*/test/graph/**', '*/test/tools/**', installed],
      },
    },
    {
      ...nest11,
      test: {
        name: 'scripted server, Nest 11',
        include: ['nest-module/test/**/*.test.ts'],
        exclude: ['nest-module/test/neo4j/**', 'nest-module/test/graph/**', installed],
        globalSetup: [installNest11],
        env: { BOLTLINE_NEST_LINE: '11' },
      },
    },
    { extends: true, test: { name: 'embedded graph', include: ['*/test/graph/**/*.test.ts'] } },
  ]
}

/** The tests that need a real server: both versions, or the one that NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD name. */
function onNeo4j(): TestProjectConfiguration[] {
  const include = ['*/test/neo4j/**/*.test.ts', 'core/test/graph/**/*.test.ts', 'tools/neo4j/test/**/*.test.ts']
  const globalSetup = ['core/test/neo4j/global-setup.ts']
  if ((process.env['NEO4J_URI'] ?? '') !== '') {
    return [{ extends: true, test: { name: 'the given Neo4j', include, globalSetup } }]
  }
  return [
    ...['5.26', '2026.09'].map((version) => ({
      extends: true as const,
      test: { name: `Neo4j ${version}`, include, globalSetup, env: { BOLTLINE_NEO4J_VERSION: version } },
    })),
    {
      ...nest11,
      test: {
        name: 'Neo4j 5.26, Nest 11',
        include: ['nest-module/test/neo4j/**/*.test.ts'],
        globalSetup: [installNest11, ...globalSetup],
        env: { BOLTLINE_NEO4J_VERSION: '5.26', BOLTLINE_NEST_LINE: '11' },
      },
    },
  ]
}

/**
 * The tests that look with other programs: a trace viewer, a metrics server, a browser. Their set-up installs them where it
 * can (Debian, as root). They need a build.
 */
function withTools(): TestProjectConfiguration[] {
  return [
    {
      extends: true,
      test: {
        name: 'observability tools',
        include: ['*/test/tools/**/*.test.ts', 'examples/*/test/tools/**/*.test.ts'],
        exclude: [installed],
        globalSetup: ['otel/test/tools/install.ts'],
        fileParallelism: false,
        hookTimeout: 300_000,
      },
    },
  ]
}

/** What `vitest run --mode <suite>` runs; without a mode, what `npm test` runs. */
const suites = {
  node: { projects: onNode, testTimeout: 60_000 },
  // Some files start servers of their own, a gigabyte each.
  neo4j: { projects: onNeo4j, testTimeout: 120_000, maxWorkers: 2 },
  tools: { projects: withTools, testTimeout: 300_000 },
}

export default defineConfig(({ mode }) => {
  const { suite, settings } = base(mode, suites)
  const { projects, maxWorkers } = { maxWorkers: settings.test.maxWorkers, ...suites[suite] }
  return mergeConfig(settings, { test: { projects: projects(), maxWorkers } })
})
