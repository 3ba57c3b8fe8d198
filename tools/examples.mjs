// npm run examples: runs every folder of examples/ but the demo, which has a command of its own, against one Neo4j that is
// started here. An example's scripts `test` and `test:neo4j` are run, or else its `start`. What it prints on standard output
// must be what its expected.txt says, where there is one; in any case it has to succeed. Closes with `N passed, M failed`.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GraphDatabase } from '@boltline/core'
import { startNeo4j } from './neo4j/start.mjs'
import { root } from './workspaces.mjs'

const examples = join(root, 'examples')
const wanted = process.argv.slice(2)
const names = readdirSync(examples)
  // The demo starts everything by itself, and has a command of its own.
  .filter((name) => name !== 'demo' && existsSync(join(examples, name, 'package.json')))
  .filter((name) => wanted.length === 0 || wanted.includes(name))

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} what is wrong
 */
function problemOf(name, env) {
  const folder = join(examples, name)
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const tests = ['test', 'test:neo4j'].filter((script) => script in scripts)
  let printed = ''
  for (const script of tests.length > 0 ? tests : ['start']) {
    const { status, stdout } = spawnSync('npm', ['run', '--silent', script], {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 300_000,
    })
    if (status !== 0) return `npm run ${script} ended with ${status}\n${stdout}`
    printed += stdout
  }
  const expected = join(folder, 'expected.txt')
  if (!existsSync(expected)) return undefined
  const wish = readFileSync(expected, 'utf8')
  return printed === wish ? undefined : `printed\n${printed}\nand was expected to print\n${wish}`
}

/** @param {import('./neo4j/start.mjs').Neo4jServer} server */
async function empty(server) {
  const driver = GraphDatabase.driver(server.uri, { auth: [server.user, server.password] })
  try {
    const { records } = await driver.executeQuery('SHOW CONSTRAINTS YIELD name')
    for (const record of records) await driver.executeQuery(`DROP CONSTRAINT ${record.get('name')}`)
    const session = driver.session()
    await session.run('MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS').consume()
    await session.close()
  } finally {
    await driver.close()
  }
}

const server = await startNeo4j({ version: '5.26', auth: { user: 'neo4j', password: 'of-the-examples' }, quick: true })
let failed = 0
try {
  const env = { NEO4J_URI: server.uri, NEO4J_USER: server.user, NEO4J_PASSWORD: server.password }
  for (const name of names) {
    await empty(server)
    const started = performance.now()
    const problem = problemOf(name, env)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (problem === undefined) continue
    failed += 1
    console.log(problem)
  }
} finally {
  await server.stop()
}
console.log(`${names.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1
