// The frame around a client in JavaScript. A worker does one task in a process of its own: it says `ready`, is started by a
// line on its input for how many seconds to work, answers with a line of how much per second it got done, and ends with its
// input. The workers in other languages speak the same.

import { createInterface } from 'node:readline'

/**
 * @typedef {object} Client
 * @property {() => Promise<number>} once does the task's query once and gives the sum of all fields
 * @property {() => Promise<void>} close
 */

/** @param {(task: import('../workloads.mjs').Task) => Promise<Client> | Client} open */
export async function serve(open) {
  /** @type {import('../workloads.mjs').Task} */
  const task = JSON.parse(/** @type {string} */ (process.argv.at(-1)))
  const client = await open(task)

  const once = async () => {
    const sum = await client.once()
    if (sum !== task.checksum) throw new Error(`${task.query}: the fields add up to ${sum}, not to ${task.checksum}`)
  }
  await once()
  process.stdout.write('ready\n')

  for await (const line of createInterface({ input: process.stdin })) {
    const started = performance.now()
    const end = started + Number(line) * 1000
    let queries = 0
    const caller = async () => {
      do {
        await once()
        queries += 1
      } while (performance.now() < end)
    }
    await Promise.all(Array.from({ length: task.callers }, caller))
    const seconds = (performance.now() - started) / 1000
    process.stdout.write(`${(queries * task.unitsPerQuery) / seconds}\n`)
  }
  await client.close()
}
