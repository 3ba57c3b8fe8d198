// Streams rows with one of the JavaScript drivers and pauses after every few thousand, as a reader does that writes them
// somewhere. Prints the memory of its process, in MiB, and how many rows it has read: it gives up after some seconds.

import { setTimeout as pause } from 'node:timers/promises'
import { taskOf, workloads } from '../workloads.mjs'

const [client, uri = '', rows, fetchSize, seconds] = process.argv.slice(2)
const integers = workloads.find(({ shape }) => shape === 'integers')
if (integers === undefined) throw new Error('there is no workload with integers')
const server = { uri, user: '', password: '' }
const { query, checksum } = taskOf({ ...integers, rows: Number(rows), fetchSize: Number(fetchSize) }, server)

const rowsBetweenPauses = 10_000
const rowsBetweenLooks = 1_000
const mebibyte = 2 ** 20

/** The records of the query, whichever driver reads them. @returns {AsyncIterable<number>} */
async function* values() {
  if (client === 'boltline') {
    const { GraphDatabase } = await import('@boltline/core')
    const driver = GraphDatabase.driver(uri, { fetchSize: Number(fetchSize) })
    const session = driver.session()
    for await (const record of session.run(query)) yield record.get('x')
    await driver.close()
    return
  }
  const { default: neo4j } = await import('neo4j-driver')
  const driver = neo4j.driver(uri, undefined, { fetchSize: Number(fetchSize) })
  const session = driver.session()
  for await (const record of session.run(query)) yield record.get('x').toNumber()
  await driver.close()
}

const end = performance.now() + Number(seconds) * 1000
let read = 0
let sum = 0
let early = 0
let peak = 0
let before = 0
for await (const value of values()) {
  if (read === 0) before = process.memoryUsage.rss()
  read += 1
  sum += value
  if (read % rowsBetweenLooks === 0) {
    peak = Math.max(peak, process.memoryUsage.rss())
    if (read <= Number(rows) / 5) early = peak
  }
  if (read % rowsBetweenPauses === 0) {
    await pause(1)
    if (performance.now() > end) break
  }
}
if (read === Number(rows) && sum !== checksum) throw new Error(`the fields add up to ${sum} instead of ${checksum}`)
const inMebibytes = [before, early, peak].map((bytes) => Math.round(bytes / mebibyte))
console.log(JSON.stringify({ read, before: inMebibytes[0], early: inMebibytes[1], peak: inMebibytes[2] }))
// What is left of a result that was given up may be more than a driver likes to discard.
process.exit()
