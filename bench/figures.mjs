// What the documents quote of results.md: the blocks between `<!-- bench: … -->` and `<!-- bench: end -->`. `npm run bench`
// writes them anew, `node bench/figures.mjs` does so from the results that are there, and a test holds them against each other.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path/posix'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { table } from './report.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const RESULTS = 'bench/results.md'

/** The documents that have such blocks. */
export const quoting = ['README.md', 'docs/comparisons.md', 'docs/performance.md']

const BLOCK = /(<!-- bench: (\w+) -->\n)[\s\S]*?(<!-- bench: end -->)/g

/**
 * @typedef {object} Block what a block quotes
 * @property {string} heading how the heading of the table in the results begins
 * @property {readonly string[]} [rows] the works to quote; default: all
 * @property {number} [columns] how many columns to quote; default: all
 */

/** By the block's name. @type {ReadonlyMap<string, Block>} */
const BLOCKS = new Map([
  ['rates', { heading: 'Rates' }],
  ['ratios', { heading: 'Ratios' }],
  [
    'highlights',
    {
      heading: 'Ratios',
      rows: [
        'stream mixed rows (7 columns), fetch size 1000',
        'eager nodes',
        '`executeQuery`, one row, sequential',
        '`executeQuery`, one row, 64 callers',
        'send 50,000 maps as one parameter',
      ],
      columns: 4,
    },
  ],
  ['memory', { heading: 'Memory' }],
  ['start', { heading: 'Before the first query' }],
])

/** The results, or undefined before the first whole run. */
export function readResults() {
  const file = join(root, RESULTS)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/**
 * A document with its blocks as the results say.
 *
 * @param {string} path of the document
 * @param {string} text
 * @param {string | undefined} results
 */
export function withFigures(path, text, results) {
  return text.replace(BLOCK, (_, start, /** @type {string} */ name, end) => {
    const quoted = BLOCKS.get(name)
    if (quoted === undefined) throw new Error(`${path} wants the figures "${name}"; there are ${[...BLOCKS.keys()]}`)
    const block =
      results === undefined ? 'None yet: `npm run bench` measures, and writes them here.' : quote(path, quoted, results)
    return `${start}${block}\n${end}`
  })
}

/** @param {string} path @param {Block} block @param {string} results */
function quote(path, { heading, rows: works, columns }, results) {
  const section = results.split(/^## /m).find((part) => part.startsWith(heading))
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('|'))
  if (rows.length < 3) throw new Error(`${RESULTS} has no table under "${heading}"`)
  const [head = [], , ...all] = rows.map((row) => row.slice(2, -2).split(' | ').map(median).slice(0, columns))
  const absent = works?.filter((work) => !all.some(([title]) => title === work)) ?? []
  if (absent.length > 0) throw new Error(`${RESULTS} has no row for ${absent.join('; ')} under "${heading}"`)
  const body = works === undefined ? all : all.filter(([title = '']) => works.includes(title))
  const machine = /^- Machine: (.*); load average/m.exec(results)?.[1]
  if (machine === undefined) throw new Error(`${RESULTS} does not name its machine`)
  return `${table([head, ...body])}\n\nMedians, on ${machine}. Spreads, versions and method: [results](${relative(dirname(path), RESULTS)}).`
}

/** A cell without its spread, goal and emphasis. @param {string} cell */
function median(cell) {
  return cell
    .replace(/, goal .*$/, '')
    .replaceAll('**', '')
    .replace(/ \([^()]*–[^()]*\)/, '')
}

/** Writes the blocks of all documents anew. */
export function writeFigures() {
  const results = readResults()
  for (const path of quoting) {
    const file = join(root, path)
    writeFileSync(file, withFigures(path, readFileSync(file, 'utf8'), results))
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFigures()
