// `npm run test:testkit -- <folder of TestKit>`: the suite of the official drivers, run against ours.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startNeo4j } from '../tools/neo4j/start.mjs'
import { manifestOf, root } from '../tools/workspaces.mjs'
import { pythonForTestKit } from './runner/python.mjs'
import { isFailure, resultsFile, tableOf, totalsOf, withoutBolt3 } from './runner/report.mjs'
import { canIsolate, listTests, runTests } from './runner/shards.mjs'

const usage = `Usage: npm run test:testkit -- <folder of a TestKit checkout> [options]

  --runs <n>      so many runs of the stub tests, one after the other (default 1)
  --shards <n>    so many processes at once (default: two for each processor)
  --only <name>   only these tests, for example stub.routing or neo4j.test_bookmarks; may be repeated
  --trace         on failure print the whole trace, with what the stub servers have heard
  --help

Once both halves, stub and neo4j, have been run as a whole (together, or one after the other with --only), it writes
testkit/results.md. Needs git, Python 3.11 (PYTHON names another one), a JDK 17 for the real server,
and root on Linux for more than one shard.`

/** The name under which no test of the suite skips itself. */
const driverName = 'python'
const neo4jVersion = '5.26'
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url))

/** @typedef {import('./runner/shards.mjs').Outcome} Outcome */
/** @typedef {import('./runner/shards.mjs').SuiteOptions} SuiteOptions */

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '1' },
      shards: { type: 'string', default: String(2 * availableParallelism()) },
      only: { type: 'string', multiple: true, default: [] },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const [folder] = positionals
  if (folder === undefined || positionals.length > 1) throw new Error(`expected one folder\n\n${usage}`)
  const checkout = resolve(process.env['INIT_CWD'] ?? '.', folder)
  if (!existsSync(join(checkout, 'nutkit'))) throw new Error(`${folder} is no checkout of TestKit: it has no nutkit/`)
  const python = pythonForTestKit()
  const env = { ...process.env, TEST_DRIVER_NAME: driverName, TEST_BACKEND_HOST: '127.0.0.1' }
  const told = teller(values.trace)
  const targets = values.only.length === 0 ? ['tests.stub', 'tests.neo4j'] : values.only.map((name) => `tests.${name}`)
  const [stub, server] = ['tests.stub', 'tests.neo4j'].map((tree) =>
    targets.filter((target) => target === tree || target.startsWith(`${tree}.`)),
  )
  const runs = await stubRuns(
    { checkout, python, env },
    stub ?? [],
    numberOf(values.runs),
    numberOf(values.shards),
    told,
  )
  const onServer = await serverRun({ checkout, python, env }, server ?? [], told)
  const allowed = JSON.parse(readFileSync(here('allowed-failures.json'), 'utf8'))
  for (const outcomes of [...runs, onServer].filter(({ length }) => length > 0)) {
    console.log(`\n${tableOf(outcomes)}`)
    console.log(`${withoutBolt3(outcomes).length} without Bolt 3, ${totalsOf(outcomes).pass} passed`)
  }
  const facts = factsOf(checkout, python)
  const whole = {
    stub: keptOf('stub', facts, stub?.includes('tests.stub') ? runs : null),
    neo4j: keptOf('neo4j', facts, server?.includes('tests.neo4j') ? [onServer] : null),
  }
  if (whole.stub !== null && whole.neo4j !== null) {
    writeFileSync(here('results.md'), resultsFile({ facts, runs: whole.stub, server: whole.neo4j.flat(), allowed }))
    console.log('written: testkit/results.md')
  }
  const failed = [...runs.flat(), ...onServer].filter((each) => isFailure(each) && allowed[each.id] === undefined)
  process.exitCode = failed.length === 0 ? 0 : 1
}

/**
 * @param {Omit<SuiteOptions, 'env'> & { env: NodeJS.ProcessEnv }} options
 * @param {readonly string[]} targets
 * @param {number} count
 * @param {number} wanted
 * @param {(outcome: Outcome) => void} told
 * @returns {Promise<Outcome[][]>}
 */
async function stubRuns(options, targets, count, wanted, told) {
  if (targets.length === 0) return []
  const isolated = canIsolate()
  if (!isolated) console.log('no network namespaces here (they take root on Linux): one shard, which takes long')
  const shards = isolated ? wanted : 1
  const port = isolated ? 9876 : await freePort()
  const suite = { ...options, env: { ...options.env, TEST_BACKEND_PORT: String(port) } }
  const classes = listTests(suite, targets)
  const runs = []
  for (let run = 1; run <= count; run++) {
    console.log(`stub tests, run ${run} of ${count}, ${shards} shards`)
    runs.push(await runTests(suite, classes, { shards, isolated, told }))
  }
  return runs
}

/**
 * @param {SuiteOptions} options
 * @param {readonly string[]} targets
 * @param {(outcome: Outcome) => void} told
 * @returns {Promise<Outcome[]>}
 */
async function serverRun(options, targets, told) {
  if (targets.length === 0) return []
  console.log(`tests on Neo4j ${neo4jVersion}`)
  const server = await startNeo4j({
    version: neo4jVersion,
    auth: { password: 'conformance' },
    quick: true,
    timeout: 600_000,
  })
  const env = {
    ...options.env,
    TEST_BACKEND_PORT: String(await freePort()),
    TEST_NEO4J_HOST: server.host,
    TEST_NEO4J_PORT: String(server.port),
    TEST_NEO4J_USER: server.user,
    TEST_NEO4J_PASS: server.password,
    TEST_NEO4J_VERSION: neo4jVersion,
    TEST_NEO4J_EDITION: 'community',
  }
  const suite = { ...options, env }
  try {
    return await runTests(suite, listTests(suite, targets), { shards: 1, isolated: false, told })
  } finally {
    await server.stop()
  }
}

/**
 * The outcomes of one half of the suite: those of now, which are kept, or those that were kept of the same TestKit on the
 * same day.
 *
 * @param {string} half
 * @param {readonly (readonly string[])[]} facts
 * @param {Outcome[][] | null} outcomes
 * @returns {Outcome[][] | null}
 */
function keptOf(half, facts, outcomes) {
  const file = join(root, `.cache/testkit/${half}.json`)
  if (outcomes !== null) {
    const lean = outcomes.map((run) => run.map((each) => ({ ...each, trace: '' })))
    mkdirSync(join(root, '.cache/testkit'), { recursive: true })
    writeFileSync(file, JSON.stringify({ facts, outcomes: lean }))
    return outcomes
  }
  if (!existsSync(file)) return null
  const kept = JSON.parse(readFileSync(file, 'utf8'))
  return JSON.stringify(kept.facts) === JSON.stringify(facts) ? kept.outcomes : null
}

/** @param {boolean} traced */
function teller(traced) {
  return (/** @type {Outcome} */ outcome) => {
    if (!isFailure(outcome)) return
    console.log(`${outcome.outcome} ${outcome.id}\n  ${outcome.why}${traced ? `\n${outcome.trace}` : ''}`)
  }
}

/**
 * @param {string} checkout
 * @param {string} python
 * @returns {[name: string, value: string][]}
 */
function factsOf(checkout, python) {
  const said = (/** @type {string} */ program, /** @type {string[]} */ ...arguments_) =>
    execFileSync(program, arguments_, { cwd: checkout, encoding: 'utf8' }).trim()
  return [
    ['TestKit', `commit ${said('git', 'log', '-1', '--format=%H of %cs')}`],
    ['run on', new Date().toISOString().slice(0, 10)],
    ['driver name', `\`${driverName}\``],
    ['driver', `\`@boltline/core\` ${manifestOf('core').version}, Node ${process.versions.node}`],
    ['suite', said(python, '--version')],
    ['real server', `Neo4j Community ${neo4jVersion}, with authentication`],
  ]
}

/** @param {string} text */
function numberOf(text) {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`expected a whole number from 1 on, found ${text}\n\n${usage}`)
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((fulfil) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => fulfil(port))
    })
  })
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
