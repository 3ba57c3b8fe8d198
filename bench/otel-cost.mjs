// node bench/otel-cost.mjs [--quick]: what being watched costs a query. Each way of watching runs in a process of its own,
// in turns, against the replay server in another process. CPU time and allocations of the client are counted, not the
// waiting; the median of the rounds is shown, and the difference to no subscriber. Needs a build.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'rolldown'
import { startReplay } from './replay/start.mjs'
import { taskOf, workloads } from './workloads.mjs'

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [role, uri = '', query = ''] = positionals
/** As many at the same time as keep the processor warm: one alone mostly pays for falling asleep and waking up. */
const callers = 32
const warmUp = 20_000
/** How many fit into a young generation. */
const countWeighed = 2_000
const parameters = { x: 1 }

const ways = /** @type {const} */ ({
  none: 'no subscriber',
  subscriber: 'a subscriber that does nothing, on every channel',
  api: 'the instrumentation, without an SDK',
  operation: 'SDK, detail operation',
  attempt: 'SDK, detail attempt',
  message: 'SDK, detail message',
})

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

// No collection may happen within a round, or allocations could not be told by the size of the heap. So large a young
// generation is slow, though: time is taken in a process without it.
const forBytes = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** Starts this file in another part. @param {string[]} flags @param {string[]} args */
function part(flags, ...args) {
  return fork(fileURLToPath(import.meta.url), args, { execArgv: flags })
}

/** @param {import('node:child_process').ChildProcess} child @param {unknown} [message] @returns {Promise<any>} */
async function answerOf(child, message) {
  if (message !== undefined) child.send(/** @type {object} */ (message))
  const [answer] = await once(child, 'message')
  return answer
}

async function main() {
  const { rounds, count } = values.quick ? { rounds: 3, count: 2_000 } : { rounds: 9, count: 10_000 }
  const server = await startReplay()
  const workload = workloads.find(({ name }) => name === 'execute')
  if (workload === undefined) throw new Error('there is no workload of short queries')
  const { query } = taskOf(workload, { uri: server.uri, user: '', password: '' })
  const clients = Object.entries(ways).map(([way, title]) => ({
    title,
    timed: part([], way, server.uri, query),
    weighed: part(forBytes, way, server.uri, query),
    figures: /** @type {{ ns: number, bytes: number }[]} */ ([]),
  }))
  for (const { timed, weighed } of clients) {
    for (const child of [timed, weighed]) await answerOf(child)
    await answerOf(timed, { count: warmUp })
    await answerOf(weighed, { count: countWeighed })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { timed, weighed, figures } of clients) {
      const { ns } = await answerOf(timed, { count })
      const { bytes } = await answerOf(weighed, { count: countWeighed })
      figures.push({ ns, bytes })
    }
  }
  const base = clients[0]?.figures ?? []
  say(`Node ${process.versions.node}, ${rounds} rounds of ${count} queries by executeQuery, ${callers} callers\n`)
  say('| who watches | CPU, ns per query | bytes per query | more ns | more bytes |')
  say('| --- | ---: | ---: | ---: | ---: |')
  for (const { title, figures } of clients) {
    const [ns, bytes] = [median(figures, 'ns'), median(figures, 'bytes')]
    say(`| ${title} | ${ns} | ${bytes} | ${ns - median(base, 'ns')} | ${bytes - median(base, 'bytes')} |`)
  }
  say(`\nAsking whether anybody listens, once per query: ${await guardCost()}`)
  for (const { timed, weighed } of clients) for (const child of [timed, weighed]) child.kill()
  server.stop()
}

/** @param {readonly any[]} figures @param {'ns' | 'bytes'} what */
function median(figures, what) {
  return figures.map((each) => each[what]).sort((a, b) => a - b)[figures.length >> 1]
}

/** Measures the subscriber check alone, which is too small to be measured within a query. */
async function guardCost() {
  const input = fileURLToPath(new URL('../core/src/diagnostics/channels.ts', import.meta.url))
  const { output } = await build({ input, platform: 'node', write: false })
  const { watched } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
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
  if (heard > 0) throw new Error('a channel has a subscriber')
  return `${rounds.sort((a, b) => a - b)[4]?.toFixed(1)} ns, ${(more / 1e6).toFixed(3)} bytes`
}

/** @param {keyof typeof ways} way */
async function client(way) {
  const { GraphDatabase } = await import('@boltline/core')
  await watch(way)
  const driver = GraphDatabase.driver(uri)
  await driver.executeQuery(query, parameters)
  process.send?.({})
  process.on('message', async (/** @type {{ count: number }} */ { count }) => {
    global.gc?.()
    const heap = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    let left = count
    const caller = async () => {
      while (left-- > 0) await driver.executeQuery(query, parameters, { routing: 'READ' })
    }
    await Promise.all(Array.from({ length: callers }, caller))
    const { user, system } = process.cpuUsage(cpu)
    const bytes = process.memoryUsage().heapUsed - heap
    process.send?.({ ns: Math.round(((user + system) * 1000) / count), bytes: Math.round(bytes / count) })
  })
}

/** @param {keyof typeof ways} way */
async function watch(way) {
  if (way === 'none') return
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
else await client(/** @type {keyof typeof ways} */ (role))
