// node bench/express-cost.mjs [--quick]: what the Express middleware costs a route that doesn't use it, and one with a read,
// beside the same application that uses the driver by hand. Each application runs in a process of its own, in turns, against a
// scripted server in another process; its CPU time per request is counted, not the waiting, and the median of the rounds is shown.
// Needs a build.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [role, uri = ''] = positionals
const query = 'MATCH (p:Person {name: $name}) RETURN p.age AS age'
const bookmarks = { secrets: ['a secret of the benchmark, 32 bytes'] }

/** @typedef {'hand' | 'middleware' | 'no-context' | 'bookmarks'} Way */

const ways = /** @type {const} */ ({
  hand: 'by hand: the driver in a variable',
  middleware: 'the middleware',
  'no-context': 'the middleware, `asyncContext: false`',
  bookmarks: 'the middleware, bookmarks signed and sent',
})
const routes = /** @type {const} */ ({ '/untouched': 'a route without a query', '/read': 'a route with one read' })

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** Starts this file in another part. @param {string[]} args */
const part = (...args) => fork(fileURLToPath(import.meta.url), args)

/** @param {import('node:child_process').ChildProcess} child @param {object} [message] @returns {Promise<any>} */
async function answerOf(child, message) {
  if (message !== undefined) child.send(message)
  const [answer] = await once(child, 'message')
  return answer
}

async function main() {
  const { rounds, count } = values.quick ? { rounds: 3, count: 500 } : { rounds: 9, count: 4000 }
  const server = part('server')
  const { uri: address } = await answerOf(server)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const applications = []
  for (const way of /** @type {Way[]} */ (Object.keys(ways))) {
    const child = part(way, address)
    const { port } = await answerOf(child)
    applications.push({ way, child, port })
  }
  say(`Node ${process.versions.node}, Express 5, ${rounds} rounds of ${count} requests, eight at a time\n`)
  for (const [path, title] of Object.entries(routes)) {
    /** @type {Map<Way, number[]>} */
    const figures = new Map(applications.map(({ way }) => [way, []]))
    for (const { port } of applications) await ask(agent, port, path, count)
    for (let round = 0; round < rounds; round++) {
      for (const { way, child, port } of applications) {
        await answerOf(child, { begin: true })
        await ask(agent, port, path, count)
        const { us } = await answerOf(child, { end: true })
        figures.get(way)?.push(us / count)
      }
    }
    const base = median(figures.get('hand') ?? [])
    say(`| ${title} | CPU, µs per request | more than by hand |`)
    say('| --- | ---: | ---: |')
    for (const [way, each] of figures) {
      const us = median(each)
      say(`| ${ways[way]} | ${us.toFixed(1)} | ${way === 'hand' ? '' : (us - base).toFixed(1)} |`)
    }
    say('')
  }
  agent.destroy()
  for (const { child } of applications) child.kill()
  server.kill()
}

/** @param {readonly number[]} figures */
function median(figures) {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN
}

/** @param {Agent} agent @param {number} port @param {string} path @param {number} count */
async function ask(agent, port, path, count) {
  let left = count
  const client = async () => {
    while (left-- > 0) {
      const [response] = await once(get({ agent, port, path, host: '127.0.0.1' }), 'response')
      if (response.statusCode !== 200) throw new Error(`${path} was answered with ${response.statusCode}`)
      for await (const _chunk of response);
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
}

async function serve() {
  const { startScripted } = await import('@boltline/embedded')
  const server = await startScripted()
  server.when(query).returns([{ age: 36 }])
  process.send?.({ uri: server.uri })
}

/** @param {Way} way */
async function application(way) {
  const { GraphDatabase } = await import('@boltline/core')
  const { boltline } = await import('@boltline/express')
  const { default: express } = await import('express5')
  const driver = GraphDatabase.driver(uri)
  const app = express()
  if (way !== 'hand') {
    app.use(boltline(driver, { asyncContext: way !== 'no-context', ...(way === 'bookmarks' && { bookmarks }) }))
  }
  app.get('/untouched', (_req, res) => void res.json({ untouched: true }))
  app.get('/read', async (req, res) => {
    const parameters = { name: 'Ada' }
    const { records } =
      way === 'hand'
        ? await driver.executeQuery(query, parameters, { routing: 'READ' })
        : await req.neo4j.query(query, parameters)
    res.json(records)
  })
  let before = process.cpuUsage()
  process.on('message', (/** @type {{ begin?: true }} */ { begin }) => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    process.send?.(begin ? {} : { us: user + system })
  })
  const server = app.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    process.send?.({ port })
  })
}

if (role === undefined) await main()
else if (role === 'server') await serve()
else await application(/** @type {Way} */ (role))
