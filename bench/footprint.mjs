// What a program pays before its first query: the time to import the driver, and the space it takes when installed.

import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * @typedef {object} Footprint
 * @property {string} title
 * @property {number} importMs median
 * @property {number} files
 * @property {number} kibibytes with everything it depends on
 * @property {number} packages
 */

const require = createRequire(import.meta.url)

/** The folder of an installed package, seen from another one. @param {string} name @param {string} from */
function folderOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(folder) === folder) throw new Error(`${name} is not installed`)
  }
}

/** The folders of a package and of everything it depends on. @param {string} name @param {string} from @param {Set<string>} found */
function withDependencies(name, from, found = new Set()) {
  const folder = folderOf(name, from)
  if (found.has(folder)) return found
  found.add(folder)
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(dependencies)) withDependencies(dependency, folder, found)
  return found
}

/** The files that a user would have. @param {string} folder @returns {string[]} */
function installedFiles(folder) {
  const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // A package of this repository is linked, not installed: only what would be packed counts.
  const linked = lstatSync(folder).isSymbolicLink()
  const roots = linked
    ? [...files.filter((/** @type {string} */ f) => !f.startsWith('!')), 'package.json', 'README.md']
    : ['.']
  return roots.flatMap((root) => {
    const path = join(folder, root)
    if (statSync(path).isFile()) return [path]
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !(linked && entry.name.endsWith('.test.ts')))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => linked || !file.slice(folder.length).includes('/node_modules/'))
  })
}

/** @param {string} name @param {number} times */
function importTimes(name, times) {
  const code = `const t = performance.now(); await import('${name}'); console.log(performance.now() - t)`
  return Array.from({ length: times }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    return Number(stdout)
  }).sort((a, b) => a - b)
}

/** @param {number} times how often each is imported @returns {Footprint[]} */
export function measureFootprints(times) {
  return ['@boltline/core', 'neo4j-driver'].map((name) => {
    const folders = [...withDependencies(name, dirname(require.resolve('./package.json')))]
    const files = folders.flatMap(installedFiles)
    return {
      title: name,
      importMs: /** @type {number} */ (importTimes(name, times)[times >> 1]),
      files: files.length,
      kibibytes: Math.round(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024),
      packages: folders.length,
    }
  })
}
