// The measured clients: this driver, its rivals if their toolchains are installed, and the raw socket.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goClient, pythonClient } from './toolchains.mjs'
import { cycle } from './workloads.mjs'

/**
 * @typedef {'boltline' | 'before' | 'official' | 'go' | 'python' | 'raw' | 'polled'} Who
 *
 * @typedef {object} Contestant
 * @property {Who} who
 * @property {string} title
 * @property {readonly string[]} command
 * @property {string} version
 * @property {boolean} [physical] only counts bytes: what no driver can be faster than, and nothing to ask a real server with
 * @property {number} mostRows of one query: the slower ones would take seconds for as many as the faster ones need
 *
 * @typedef {{ who: Who, title: string, absent: string }} Absentee
 */

const require = createRequire(import.meta.url)

/** @param {string} name */
function script(name) {
  return [process.execPath, fileURLToPath(new URL(`clients/${name}.mjs`, import.meta.url))]
}

/** @param {string} name */
function versionOf(name) {
  return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version
}

const node = `Node ${process.versions.node}`

/** This driver. @returns {Contestant} */
function own() {
  return {
    who: 'boltline',
    title: '@boltline/core',
    command: script('boltline'),
    version: `${versionOf('@boltline/core')}, ${node}`,
    mostRows: Number.POSITIVE_INFINITY,
  }
}

/** This driver beside that of another checkout, which has to be built. @param {string} folder @returns {Contestant[]} */
export function beforeAndNow(folder) {
  const client = resolve(folder, 'bench/clients/boltline.mjs')
  return [own(), { ...own(), who: 'before', title: folder, command: [process.execPath, client] }]
}

/** @returns {(Contestant | Absentee)[]} */
export function contestants() {
  return [
    own(),
    {
      who: 'official',
      title: 'neo4j-driver',
      command: script('official'),
      version: `${versionOf('neo4j-driver')}, ${node}`,
      mostRows: 5 * cycle,
    },
    { who: 'go', title: 'neo4j-go-driver', ...goClient(), mostRows: Number.POSITIVE_INFINITY },
    { who: 'python', title: 'neo4j (Python)', ...pythonClient(), mostRows: cycle },
    {
      who: 'raw',
      title: 'raw socket',
      command: script('raw-socket'),
      version: node,
      physical: true,
      mostRows: Number.POSITIVE_INFINITY,
    },
    {
      who: 'polled',
      title: 'raw socket, polled',
      command: [...script('raw-socket'), '--polled'],
      version: node,
      physical: true,
      mostRows: Number.POSITIVE_INFINITY,
    },
  ]
}
