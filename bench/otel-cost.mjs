// node bench/otel-cost.mjs [--quick]: what being watched costs a query. Each way of watching runs in a process of its own,
// in turns, against a scripted server in another process. CPU time and allocations of the client are counted, not the
// waiting; the median of the rounds is shown, and the difference to nobody listening. Needs a build.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [role, uri = ''] = positionals
const query = 'MATCH (p:Person {name: $name}) RETURN p.age AS age'

const ways = /** @type {const} */ ({
  nobody: 'nobody listens',
  subscriber: 'a subscriber that does nothing, on every channel',
  api: 'the instrumentation, without an SDK',
  operation: 'SDK, detail operation',
  attempt: 'SDK, detail attempt',
  message: 'SDK, detail message',
})

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** Starts this file in another part. @param {string[]} args */
function part(...args) {
  // No collection may happen within a round, or allocations could not be told by the size of the heap.
  const flags = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
  return fork(fileURLToPath(import.meta.url), args, { execArgv: flags })
}

/** @param {import('node:child_process').ChildProcess} child @param {unknown} [message] @returns {Promise<any>} */
async function answerOf(child, message) {
  if (message !== undefined) child.send(/** @type {object} */ (message))
  const [answer] = await once(child, 'message')
  return answer
}

async function main() {
  const { rounds, count } = values.quick ? { rounds: 3, count: 500 } : { rounds: 9, count: 2000 }
  const server = part('server')
  const { uri: address } = await answerOf(server)
  const clients = Object.entries(ways).map(([way, title]) => ({
    title,
    child: part(way, address),
    figures: /** @type {any[]} */ ([]),
  }))
  for (const { child } of clients) await answerOf(child)
  for (const { child } of clients) await answerOf(child, { count: 3000 })
  for (let round = 0; round < rounds; round++) {
    for (const { child, figures } of clients) figures.push(await answerOf(child, { count }))
  }
  const base = clients[0]?.figures ?? []
  say(`Node ${process.versions.node}, ${rounds} rounds of ${count} queries by executeQuery, one after the other\n`)
  say('| who watches | CPU, ns per query | bytes per query | more ns | more bytes |')
  say('| --- | ---: | ---: | ---: | ---: |')
  for (const { title, figures } of clients) {
    const [ns, bytes] = [median(figures, 'ns'), median(figures, 'bytes')]
    say(`| ${title} | ${ns} | ${bytes} | ${ns - median(base, 'ns')} | ${bytes - median(base, 'bytes')} |`)
  }
  say(`\nAsking whether anybody listens, once per query: ${await guardCost()}`)
  for (const { child } of clients) child.kill()
  server.kill()
}

/** @param {readonly any[]} figures @param {'ns' | 'bytes'} what */
function median(figures, what) {
  return figures.map((each) => each[what]).sort((a, b) => a - b)[figures.length >> 1]
}

/** The question by itself: in a query it is too small to be seen. */
async function guardCost() {
  const { watched } = await import(new URL('../core/dist/diagnostics/channels.js', import.meta.url).href)
  let heard = 0
  const loop = (/** @type {number} */ times) => {
    for (let i = 0; i < times; i++) if (watched()) heard += 1
  }
  loop(1e6)
  const rounds = Array.from({ length: 9 }, () => {
    const before = process.hrtime.bigint()
    loop(1e7)
    return Number(process.hrtime.bigint() - before) / 1e7
  })
  const bytes = process.memoryUsage().heapUsed
  loop(1e6)
  const more = process.memoryUsage().heapUsed - bytes
  if (heard > 0) throw new Error('somebody listens')
  return `${rounds.sort((a, b) => a - b)[4]?.toFixed(1)} ns, ${(more / 1e6).toFixed(3)} bytes`
}

async function serve() {
  const { startScripted } = await import('@boltline/embedded')
  const server = await startScripted()
  server.when(query).returns([{ age: 36 }])
  process.send?.({ uri: server.uri })
}

/** @param {keyof typeof ways} way */
async function client(way) {
  const { GraphDatabase } = await import('@boltline/core')
  await watch(way)
  const driver = GraphDatabase.driver(uri)
  await driver.executeQuery(query, { name: 'Ada' })
  process.send?.({})
  process.on('message', async (/** @type {{ count: number }} */ { count }) => {
    global.gc?.()
    const heap = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    for (let i = 0; i < count; i++) await driver.executeQuery(query, { name: 'Ada' }, { routing: 'READ' })
    const { user, system } = process.cpuUsage(cpu)
    const bytes = process.memoryUsage().heapUsed - heap
    process.send?.({ ns: Math.round(((user + system) * 1000) / count), bytes: Math.round(bytes / count) })
  })
}

/** @param {keyof typeof ways} way */
async function watch(way) {
  if (way === 'nobody') return
  if (way === 'subscriber') return subscribeToAll()
  const { BoltlineInstrumentation } = await import('@boltline/opentelemetry')
  if (way === 'api') return void new BoltlineInstrumentation()
  const { context } = await import('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
  const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base')
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics')
  const nothing = async () => undefined
  const processor = { onStart: () => undefined, onEnd: () => undefined, forceFlush: nothing, shutdown: nothing }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const instrumentation = new BoltlineInstrumentation({ detail: way })
  instrumentation.setTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  instrumentation.setMeterProvider(new MeterProvider())
}

async function subscribeToAll() {
  const { subscribe } = await import('node:diagnostics_channel')
  const steps = ['operation', 'attempt', 'transaction', 'query', 'pull', 'acquire', 'connect', 'routing']
  const points = ['pool', 'retry', 'notification']
  const moments = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
  for (const step of steps)
    for (const moment of moments) subscribe(`tracing:boltline:${step}:${moment}`, () => undefined)
  for (const point of points) subscribe(`boltline:${point}`, () => undefined)
}

if (role === undefined) await main()
else if (role === 'server') await serve()
else await client(/** @type {keyof typeof ways} */ (role))
