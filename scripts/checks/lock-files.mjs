// A lock file pins versions and their checksums, not the place they were downloaded from: with addresses in it, an
// install elsewhere would insist on the mirror of whoever wrote it.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const lockFiles = ['package-lock.json', 'tools/package-lock.json']

/**
 * @param {string} file
 * @returns {string[]} what is wrong with it
 */
function problemsOf(file) {
  /** @type {{ packages: Record<string, { resolved?: string, integrity?: string, link?: boolean, inBundle?: boolean }> }} */
  const lock = JSON.parse(readFileSync(`${root}${file}`, 'utf8'))
  return Object.entries(lock.packages).flatMap(([path, { resolved, integrity, link, inBundle }]) => {
    if (/^(https?|git\S*|file):/.test(resolved ?? '')) {
      return `${file}: ${path} records where it was downloaded; install with omit-lockfile-registry-resolved=true`
    }
    const fromRegistry = path.includes('node_modules/') && link !== true && inBundle !== true
    return fromRegistry && integrity === undefined ? `${file}: ${path} has no checksum` : []
  })
}

const problems = lockFiles.flatMap(problemsOf)
for (const problem of problems) console.error(problem)
console.log(`${lockFiles.length} lock files, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
