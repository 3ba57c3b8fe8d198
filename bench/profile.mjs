// npm run bench:profile [-- workload …]: runs a workload under V8's sampling profiler and names the ten hottest functions.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startReplay } from './replay/start.mjs'
import { table } from './report.mjs'
import { WorkerProcess } from './worker-process.mjs'
import { taskOf, workloads } from './workloads.mjs'

const seconds = 3
const hottest = 10
const names = process.argv.slice(2)
const chosen = workloads.filter(({ name }) =>
  names.length === 0
    ? ['integers', 'mixed-all', 'nodes-all', 'execute-64', 'bulk'].includes(name)
    : names.includes(name),
)
if (chosen.length === 0)
  throw new Error(`there is no such workload; there are ${workloads.map(({ name }) => name).join(', ')}`)

/**
 * @typedef {object} Profile
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number, columnNumber: number } }[]} nodes
 * @property {number[]} samples
 * @property {number[]} timeDeltas
 */

/** The share of each function in the time that was not spent waiting. @param {Profile} profile */
function sharesOf({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  /** @type {Map<string, number>} */
  const times = new Map()
  samples.forEach((id, at) => {
    const name = names.get(id) ?? ''
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  })
  times.delete('(idle)')
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times].sort((a, b) => b[1] - a[1]).map(([name, time]) => ({ name, share: time / total }))
}

/** @param {Profile['nodes'][number]['callFrame']} callFrame */
function nameOf({ functionName, url, lineNumber, columnNumber }) {
  if (url === '') return functionName
  const { file, line } = sourceOf(url, lineNumber, columnNumber)
  const place = file.startsWith('node:') ? file : file.split('/').slice(-2).join('/')
  return `${functionName || 'a nameless function'}, ${place}:${line + 1}`
}

/** @type {Map<string, SourceMap | null>} */
const maps = new Map()

/** Where a place in a compiled file comes from. @param {string} url @param {number} line @param {number} column */
function sourceOf(url, line, column) {
  let map = maps.get(url)
  if (map === undefined) {
    const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : ''
    map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null
    maps.set(url, map)
  }
  const entry = map?.findEntry(line, column)
  return entry && 'originalSource' in entry
    ? { file: entry.originalSource, line: entry.originalLine }
    : { file: url, line }
}

const server = await startReplay()
const folder = mkdtempSync(join(tmpdir(), 'boltline-profile-'))
try {
  for (const workload of chosen) {
    const client = fileURLToPath(new URL('clients/boltline.mjs', import.meta.url))
    const command = [process.execPath, '--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200', client]
    const worker = new WorkerProcess(command, taskOf(workload, { uri: server.uri, user: '', password: '' }))
    await worker.ready()
    await worker.work(seconds)
    await worker.stop()
    const [file = ''] = readdirSync(folder)
    const shares = sharesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    rmSync(join(folder, file))
    const rows = shares.slice(0, hottest).map(({ name, share }) => [`${(share * 100).toFixed(1)} %`, name])
    console.log(`\n${workload.title}\n\n${table([['time', 'function'], ...rows])}`)
  }
} finally {
  rmSync(folder, { recursive: true })
  server.stop()
}
