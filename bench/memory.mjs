// How much memory a client takes that streams many rows and reads them slowly: the peak of its whole process, and how much
// of that came after the first fifth of the rows, which is nothing where memory is flat.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A driver that keeps unread rows may get slower with every row. */
const mostSeconds = 60

const slowReader = fileURLToPath(new URL('clients/slow-reader.mjs', import.meta.url))

/**
 * @typedef {object} Memory
 * @property {string} title
 * @property {number} fetchSize
 * @property {number} read rows, before the time was over
 * @property {number} before MiB that the process had before the first row
 * @property {number} early MiB at most in the first fifth
 * @property {number} peak MiB at most
 */

/** @param {string} uri @param {number} rows @returns {Memory[]} */
export function measureMemory(uri, rows) {
  return [1000, -1].flatMap((fetchSize) =>
    ['boltline', 'official'].map((client) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [slowReader, client, uri, String(rows), String(fetchSize), String(mostSeconds)],
        { encoding: 'utf8' },
      )
      if (status !== 0) throw new Error(`the slow reader failed: ${stderr}`)
      const title = client === 'boltline' ? '@boltline/core' : 'neo4j-driver'
      return { title, fetchSize, ...JSON.parse(stdout) }
    }),
  )
}
