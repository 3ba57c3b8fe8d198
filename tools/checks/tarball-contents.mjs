// What a published package must hold, and what has no business in it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

const NEEDED = ['package.json', 'README.md', 'LICENSE']
const STRAY = /\.test(-d)?\.|\.tsbuildinfo$|(^|\/)(test|node_modules|coverage)\/|(^|\/)\.[^/]+$/

/**
 * @param {string} folder of the unpacked tarball
 * @returns {string[]} what is wrong
 */
export function problemsOfContents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, '/'),
    )
  const missing = NEEDED.filter((file) => !files.includes(file)).map((file) => `${file} is missing`)
  const strays = files.filter((file) => STRAY.test(file)).map((file) => `${file} has no business in it`)
  const maps = files.filter((file) => file.endsWith('.map'))
  const blind = maps
    .filter((file) => !sourcesOf(join(folder, file)).every((source) => existsSync(source)))
    .map((file) => `${file} leads to a source that is not there`)
  if (maps.length === 0) missing.push('source maps are missing')
  return [...missing, ...strays, ...blind]
}

/** @param {string} map */
function sourcesOf(map) {
  /** @type {{ sources: string[], sourceRoot?: string }} */
  const { sources, sourceRoot = '' } = JSON.parse(readFileSync(map, 'utf8'))
  return sources.map((source) => join(dirname(map), sourceRoot, source))
}
