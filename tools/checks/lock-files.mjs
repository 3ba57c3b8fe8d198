// A lock file pins versions and their checksums, not the place they were downloaded from: with addresses in it, an
// install elsewhere would insist on the mirror that its author used. And it has to know the packages of every platform: npm
// leaves out those that it cannot find at the moment, and `npm ci` then refuses the file.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const lockFiles = ['package-lock.json', 'tools/package-lock.json', 'nest-module/test/lines/nest-11/package-lock.json']

/**
 * The engine of the embedded graph for platforms other than Linux x64 with glibc: optional, and pinned by the exact versions
 * that the engine itself names, without checksums. npm notes a checksum of what it finds, and drops what it doesn't find, so
 * these entries were written by hand.
 */
const withoutChecksum = /^node_modules\/@grafeo-db\/js-(darwin|win32|linux-arm64)/

/**
 * @typedef {object} Entry
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [inBundle]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @param {string} file
 * @returns {string[]} what is wrong with it
 */
function problemsOf(file) {
  /** @type {{ packages: Record<string, Entry> }} */
  const { packages } = JSON.parse(readFileSync(`${root}${file}`, 'utf8'))
  return Object.entries(packages).flatMap(([path, entry]) => {
    const problems = Object.keys(entry.optionalDependencies ?? {})
      .filter(
        (name) =>
          packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
      )
      .map((name) => `${file}: ${path} may need ${name}, which is not locked; choose a version that is complete`)
    if (/^(https?|git\S*|file):/.test(entry.resolved ?? '')) {
      problems.push(`${file}: ${path} records its download address; install with omit-lockfile-registry-resolved=true`)
    }
    const fromRegistry = path.includes('node_modules/') && entry.link !== true && entry.inBundle !== true
    if (fromRegistry && entry.integrity === undefined && !withoutChecksum.test(path))
      problems.push(`${file}: ${path} has no checksum`)
    return problems
  })
}

const problems = lockFiles.flatMap(problemsOf)
for (const problem of problems) console.error(problem)
console.log(`${lockFiles.length} lock files, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
