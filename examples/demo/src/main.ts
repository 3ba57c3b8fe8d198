/**
 * npm run demo: a film graph, a Nest API and an Express API on it, a cluster stand-in with two services, traffic, and a page
 * that shows all of it live.
 *
 *   --neo4j           a real Neo4j 5.26 instead of the embedded graph (needs a JDK 17; downloaded once)
 *   --port <number>   of the page; default: a free one
 *   --seconds <n>     how long the burst of traffic lasts; default: 20
 *   --once            ends after the burst, as it does when the output is no terminal
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { GraphDatabase } from '@boltline/core'
import { startDatabase } from './graph/database.ts'
import { filmGraph } from './graph/film-graph.ts'
import { load } from './graph/load.ts'
import { neighbours, overview } from './graph/picture.ts'
import { faint, heading, line, time } from './output.ts'
import { servePage } from './page/serve.ts'
import { Stage } from './page/stage.ts'
import { startFilms } from './services/films.ts'
import { probe } from './services/health.ts'
import { startLists } from './services/lists.ts'
import { startReviews } from './services/reviews.ts'
import { listenToDrivers } from './telemetry/moments.ts'
import { startTracing } from './telemetry/spans.ts'
import { tour } from './tour.ts'
import { burst, noCounts } from './traffic.ts'

const { values: options } = parseArgs({
  options: {
    neo4j: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '20' },
    once: { type: 'boolean', default: !process.stdout.isTTY },
  },
})

const started = performance.now()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

/** What has been started, to be closed in the opposite order. */
const open: (() => Promise<void> | void)[] = []
try {
  await run()
} catch (error) {
  // What Ctrl-C cut off is no failure to report.
  if (!stopping.signal.aborted) throw error
} finally {
  for (const close of open.reverse()) await close()
}

async function run(): Promise<void> {
  const stage = new Stage()
  const counts = noCounts()
  const showMoment = (kind: 'retry' | 'fault' | 'bridged', text: string) =>
    stage.show('moment', { at: performance.now() - started, kind, text })

  const database = await startDatabase(options.neo4j, line)
  open.push(() => database.close())
  const tracing = startTracing((trace) => stage.show('trace', trace))
  open.push(() => tracing.stop())

  const driver = GraphDatabase.driver(database.uri, database.auth === undefined ? {} : { auth: database.auth })
  open.push(() => driver.close())
  const { agent } = await driver.getServerInfo()
  stage.show('server', { text: `${database.about} at ${database.uri} (${agent})` })
  line(`Connected to ${database.about} at ${database.uri} ${faint(`after ${time(performance.now() - started)}`)}`)

  heading('Loading a film graph, in batches')
  const totals = await load(driver, filmGraph(), stopping.signal, (part, rows, ms) => {
    line(`${part.padEnd(9)} ${String(rows).padStart(6)} rows  ${faint(time(ms))}`)
  })
  line(`${totals.nodes} nodes, ${totals.relationships} relationships`)
  await tour(driver)

  const secret = randomBytes(32).toString('base64')
  const films = await startFilms(database)
  open.push(() => films.close())
  const reviews = await startReviews(database, secret)
  open.push(() => reviews.close())
  const lists = await startLists(secret)
  open.push(() => lists.close())
  const names = new Map(
    [{ name: 'loading, and this page', driver }, films, reviews, lists.writer, lists.reader].map(
      (user) => [user.driver.identity.id, user.name] as const,
    ),
  )
  const listening = listenToDrivers(names, showMoment, (pools) => stage.show('pools', pools))
  open.push(() => listening.stop())

  const page = await servePage({
    stage,
    neighbours: (elementId) => neighbours(driver, elementId),
    port: Number(options.port),
  })
  open.push(() => page.close())
  heading('Two APIs on the graph, two services on a lagging cluster, traffic, and a few faults')
  line(`Watch it live:  ${page.url}`)

  const looking = setInterval(() => {
    void probe([films, reviews], stage)
    stage.show('totals', {
      requests: counts.requests,
      retries: listening.retries,
      'aborted by clients': counts.aborted,
      failed: counts.failed,
    })
  }, 500)
  open.push(() => clearInterval(looking))
  stage.show('graph', await overview(driver))

  const traffic = { films, reviews, lists, counts, showMoment, signal: stopping.signal }
  await burst(traffic, Number(options.seconds) * 1000, 1)
  await summarise(counts, listening.retries, driver)
  if (options.once) return stage.show('end', null)
  line('\nThe page stays up, with a little traffic. Ctrl-C ends it.')
  for (let seed = 2; !stopping.signal.aborted; seed++) {
    await burst(traffic, 4000, seed)
    await pause(6000, undefined, { signal: stopping.signal })
  }
}

async function summarise(
  counts: ReturnType<typeof noCounts>,
  retries: number,
  driver: ReturnType<typeof GraphDatabase.driver>,
): Promise<void> {
  if (stopping.signal.aborted) return
  const { records } = await driver.executeQuery(
    'MATCH (f:Film) RETURN sum(f.awards) AS awards',
    {},
    { routing: 'READ' },
  )
  const awards = records[0]?.get('awards')
  heading('Summary')
  line(`${counts.requests} requests, ${counts.aborted} of them aborted by their clients, ${counts.failed} failed`)
  line(`${retries} attempts had to be repeated; ${counts.awards} awards acknowledged, ${awards} in the graph`)
  line(
    `cluster stand-in: ${counts.missedWithout} of ${counts.readsWithout} reads missed their own write without a bookmark, ${counts.missedWithBookmark} of ${counts.readsWithBookmark} with it`,
  )
  line(`Done in ${time(performance.now() - started)}.`)
  if (awards !== counts.awards) throw new Error('an award was lost or given twice')
  if (counts.missedWithBookmark > 0) throw new Error('a read missed its own write in spite of the bookmark')
}
