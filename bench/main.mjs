// npm run bench: measures this driver beside its rivals, writes results.md and what the documents quote of it.
//
//   --quick          fewer and shorter rounds, and nothing is written
//   --neo4j <5.26>   the same against a real Neo4j of its own (or NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD), nothing is written
//   --only <names>   some workloads, separated by commas; nothing is written
//   --against <dir>  beside the driver of another checkout, which has to be built, instead of the rivals; nothing is written

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { beforeAndNow, contestants } from './contestants.mjs'
import { writeFigures } from './figures.mjs'
import { measureFootprints } from './footprint.mjs'
import { measure } from './measure.mjs'
import { measureMemory } from './memory.mjs'
import { realServer } from './real-server.mjs'
import { startReplay } from './replay/start.mjs'
import { costTable, rateTable, ratioTable, surroundings, table } from './report.mjs'
import { workloads } from './workloads.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    neo4j: { type: 'string' },
    only: { type: 'string' },
    against: { type: 'string' },
  },
})
const quick = options.quick
const chosen = workloads.filter(({ name }) => options.only?.split(',').includes(name) ?? true)
if (chosen.length === 0) {
  throw new Error(`no workload is called ${options.only}; there are ${workloads.map(({ name }) => name).join(', ')}`)
}
const { against } = options
// Two builds of one driver differ by a few per cent, which a median of five rounds doesn't show on a busy machine.
const rounds = against === undefined ? 5 : 25
const effort = quick
  ? { rounds: 3, seconds: 0.3, warmUp: 0.3, warmUpOfQueries: 1 }
  : { rounds, seconds: 0.5, warmUp: 2, warmUpOfQueries: 10 }
const whole = !quick && options.only === undefined && options.neo4j === undefined && against === undefined

const all = against === undefined ? contestants() : beforeAndNow(against)
const server = options.neo4j === undefined ? await startReplay() : await realServer(options.neo4j)
const real = options.neo4j !== undefined
const {
  uri,
  user = '',
  password = '',
} = /** @type {Partial<import('./workloads.mjs').Server> & { uri: string }} */ (server)
const present = all.filter((one) => 'command' in one).filter(({ physical = false }) => !(real && physical))
const heading = [`# Benchmark\n\n${surroundings(all, server.title)}`]
if (!real) heading.push(howToRead(effort))
console.log(heading.join('\n\n'))

const rows = []
try {
  const extras = options.only === undefined && !real && against === undefined ? memoryAndFootprint(uri) : []
  for (const workload of chosen) {
    const row = await measure(workload, present, { uri, user, password }, effort)
    rows.push(row)
    console.log(`\n${rateTable([row], present)}\n\n${costTable([row], present)}\n\n${ratioTable([row], present)}`)
  }
  const parts = [
    ...heading,
    '## Rates',
    rateTable(rows, present),
    '## Processor time',
    costTable(rows, present),
    '## Ratios',
    ratioTable(rows, present),
    ...extras,
  ]
  const text = `${parts.join('\n\n')}\n`
  console.log(`\n${text}`)
  if (whole) {
    writeFileSync(new URL('results.md', import.meta.url), text)
    writeFigures()
  }
} finally {
  await server.stop()
}

/** @param {import('./measure.mjs').Effort} effort */
function howToRead({ rounds, seconds, warmUp, warmUpOfQueries }) {
  return `Made by \`npm run bench\`. Every figure is the median of ${rounds} runs of ${seconds} s, in brackets the least and the most,
after ${warmUp} s of warming up (${warmUpOfQueries} s for short queries, whose code comes round less often); the contestants take turns,
and a ratio is taken within a round. The server answers with bytes made beforehand, so that the client alone counts.
\`raw socket\` reads the same answers in Node and only counts their bytes: that is the ceiling of the server as well. \`raw socket,
polled\` does so without falling asleep while an answer is due, as this driver does. With the fetch size −1 both move bytes as fast as
memory does, so a share of them says little there. Every client
touches every field of every record, and the sum has to be right. All drivers run with their defaults, except for the
fetch size where it is named. Bold: the goal is met.`
}

/** @param {string} uri */
function memoryAndFootprint(uri) {
  const millions = quick ? 1 : 5
  const memory = measureMemory(uri, millions * 1_000_000)
  const footprints = measureFootprints(quick ? 3 : 11)
  return [
    `## Memory while streaming ${millions} million rows with a slow reader`,
    table([
      [
        'driver',
        'fetch size',
        'rows read, in a minute at most',
        'process before the first row',
        'peak in the first fifth',
        'peak',
      ],
      ...memory.map(({ title, fetchSize, read, before, early, peak }) => [
        title,
        String(fetchSize),
        read.toLocaleString('en-US'),
        `${before} MiB`,
        `${early} MiB`,
        `${peak} MiB`,
      ]),
    ]),
    '## Before the first query',
    table([
      ['driver', 'import', 'installed', 'files', 'packages'],
      ...footprints.map(({ title, importMs, kibibytes, files, packages }) => [
        title,
        `${importMs.toFixed(0)} ms`,
        `${kibibytes.toLocaleString('en-US')} KiB`,
        String(files),
        String(packages),
      ]),
    ]),
  ]
}
