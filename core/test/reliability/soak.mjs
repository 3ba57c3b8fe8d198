// A program that uses a driver for a long time and says after each round what it holds: bytes of heap behind a collection, and
// what keeps a process alive. Run with --expose-gc: `soak.mjs <entry of core> <uri> <user> <password> <sessions> <rounds>`.

import { readdirSync } from 'node:fs'

const [core, uri, user, password, sessions, rounds] = process.argv.slice(2)
const { GraphDatabase } = await import(core)

const callers = 16
/** Never aborts; what listens to it must not add up. */
const signal = new AbortController().signal
const driver = GraphDatabase.driver(uri, { auth: [user, password], maxConnectionPoolSize: callers, fetchSize: 10 })

let queries = 0
let opened = 0

/** Ten queries, in every way, in one session. */
async function use(i) {
  opened += 1
  const session = driver.session({ signal })
  await session.run('RETURN $i AS i', { i }, { signal }).consume()
  let sum = 0
  for await (const record of session.run('UNWIND range(1, 25) AS i RETURN i')) sum += record.get('i')
  if (sum !== 325) throw new Error(`a stream added up to ${sum}`)
  // Left unread: the next one buffers it.
  await session.run('UNWIND range(1, 15) AS i RETURN i')
  await session.executeRead(async (tx) => {
    const [a, b] = await Promise.all([tx.run('RETURN $i AS i', { i }).value(), tx.run('RETURN $i AS i', { i }).value()])
    if (a[0] !== i || b[0] !== i) throw new Error(`rows of another caller: ${a}, ${b} for ${i}`)
  })
  const tx = await session.beginTransaction({ signal })
  await tx.run('RETURN $i AS i', { i }).consume()
  await tx.run('RETURN 1').consume()
  await (i % 2 === 0 ? tx.commit() : tx.rollback())
  await session.close()
  for (const routing of ['READ', 'WRITE']) {
    const { records } = await driver.executeQuery('RETURN $i AS i', { i }, { routing, signal })
    if (records[0].get('i') !== i) throw new Error(`a row of another caller: ${records[0].get('i')} for ${i}`)
  }
  queries += 10
  if (i % 20 === 0) await failAndAbort()
  else await driver.executeQuery('RETURN 1', {}, { routing: 'READ' })
}

/** What ends in an error must not be kept either. */
async function failAndAbort() {
  const failure = await driver.executeQuery('RETURN nothing').catch((error) => error)
  if (!(failure instanceof Error)) throw new Error('a wrong query has an answer')
  const controller = new AbortController()
  const called = driver.executeQuery('UNWIND range(1, 1000) AS i RETURN i', {}, { signal: controller.signal })
  controller.abort(new Error('called off'))
  await called.catch(() => undefined)
}

async function round(count, first) {
  let next = first
  const call = async () => {
    while (next < first + count) await use(next++)
  }
  await Promise.all(Array.from({ length: callers }, call))
}

async function collected() {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function handles() {
  const files = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  return { resources: process.getActiveResourcesInfo().length, files }
}

const perRound = Math.ceil(Number(sessions) / Number(rounds))
const measured = []
for (let i = 0; i < Number(rounds); i++) {
  await round(perRound, i * perRound)
  measured.push({ bytes: await collected(), ...handles() })
  process.stderr.write(`${queries} queries, ${JSON.stringify(measured.at(-1))}\n`)
}
const held = driver.poolMetrics().reduce((sum, pool) => sum + pool.inUse + pool.creating + pool.waiting, 0)
await driver.close()
console.log(JSON.stringify({ queries, sessions: opened, held, rounds: measured }))
