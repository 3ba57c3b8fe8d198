/**
 * The program of the engine's process: opens a database file and runs the commands of the parent process. A hang or crash of the
 * native code ends this process, not the parent. It is plain JavaScript, because Node starts it as a separate file, from the
 * sources and from the compiled package alike.
 */

import { rmSync } from 'node:fs'
import process from 'node:process'

/** @import { GrafeoDB, QueryResult, Transaction } from '@grafeo-db/js' */
/** @import { EngineRequest } from './engine-messages.ts' */

/** The number of rows in an answer; the parent fetches the rest on demand. */
const pageSize = 1000
const memoryCheckMs = 50

/** @type {GrafeoDB | null} */
let database = null
/**
 * The open transactions and their running work: the engine refuses to end a transaction while a query runs in it.
 * @type {Map<number, { transaction: Transaction, work: Promise<unknown> }>}
 */
const transactions = new Map()
/** @type {Map<number, QueryResult>} */
const results = new Map()

/** @param {unknown} message */
const tell = (message) => void process.send?.(message)

/** @type {typeof GrafeoDB} */
let engine
try {
  engine = (await import('@grafeo-db/js')).default.GrafeoDB
  tell({ ready: true })
} catch (error) {
  tell({ missing: error instanceof Error ? error.message : String(error) })
}

/** @param {EngineRequest} request */
async function perform(request) {
  switch (request.op) {
    case 'open':
      database = engine.create(request.path)
      return
    case 'begin':
      transactions.set(request.transaction, { transaction: open().beginTransaction(), work: Promise.resolve() })
      return
    case 'commit':
    case 'rollback': {
      const entry = transactions.get(request.transaction)
      transactions.delete(request.transaction)
      await entry?.work
      entry?.transaction[request.op]()
      return
    }
    case 'run': {
      const { transaction, query, parameters } = request
      if (transaction === null) return answer(request.id, await open().executeCypher(query, parameters))
      const entry = transactions.get(transaction)
      if (entry === undefined) throw new Error('there is no such transaction')
      const work = entry.transaction.executeCypher(query, parameters)
      entry.work = work.catch(() => undefined)
      return answer(request.id, await work)
    }
    case 'fetch':
      return page(/** @type {QueryResult} */ (results.get(request.result)), request.from)
    case 'release':
      results.delete(request.result)
      return
    case 'close':
      results.clear()
      database?.close()
      database = null
  }
}

function open() {
  if (database === null) throw new Error('no database is open')
  return database
}

/**
 * @param {number} id
 * @param {QueryResult} result
 */
function answer(id, result) {
  const { columns, length, counters } = result
  const whole = length <= pageSize
  if (!whole) results.set(id, result)
  return {
    columns,
    length,
    counters,
    types: length === 0 ? null : types(result),
    rows: length === 0 ? [] : whole ? result.rows() : page(result, 0),
  }
}

/**
 * Reads a page row by row. `rows()` would block this process until it had converted all rows.
 * @param {QueryResult} result
 * @param {number} from
 */
function page(result, from) {
  const { columns, length } = result
  const rows = []
  for (let i = from; i < Math.min(length, from + pageSize); i++) {
    const row = result.get(i)
    rows.push(columns.map((column) => row[column]))
  }
  return rows
}

/**
 * The head of the result as Arrow, which holds its schema: only there do integers differ from floats, and text from dates.
 * @param {QueryResult} result
 */
function types(result) {
  const bytes = result.toArrowIPC()
  const length = bytes.readInt32LE(4)
  return Buffer.from(bytes.subarray(8, 8 + length))
}

process.on('message', async (/** @type {EngineRequest} */ request) => {
  try {
    tell({ id: request.id, value: await perform(request) })
  } catch (error) {
    const { message, gqlStatus } = /** @type {Error & { gqlStatus?: string }} */ (error)
    tell({ id: request.id, error: { message, gqlStatus: gqlStatus ?? null } })
  }
})
const [memoryLimit, temporaryFolder] = process.argv.slice(2)
process.on('disconnect', () => {
  if (temporaryFolder !== undefined) rmSync(temporaryFolder, { recursive: true, force: true })
  process.exit()
})

// The process checks its own memory, because not every system lets the parent read it.
setInterval(() => {
  const used = process.memoryUsage.rss()
  if (used > Number(memoryLimit)) process.send?.({ memory: used }, () => process.kill(process.pid, 'SIGKILL'))
}, memoryCheckMs).unref()
