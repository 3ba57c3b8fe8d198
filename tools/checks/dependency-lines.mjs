// Every dependency has a line in ARCHITECTURE.md that says what it is for, and every line there a dependency: under
// "Dependencies", names stand between backticks, those of a family as `family/*` or `family-*`. What depends on nothing but
// other packages of this repository needs none.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestOf, root } from '../workspaces.mjs'

/** Folders with a package.json that are no workspaces. */
const others = ['.', 'tools', 'nest-module/test/lines/nest-11']

/** @param {import('../workspaces.mjs').Manifest} manifest @returns {string[]} */
const dependenciesOf = ({ dependencies, devDependencies, optionalDependencies, peerDependencies }) =>
  Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies })

/** @param {string} text @returns {string[]} what stands between backticks in it */
const codeIn = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** @param {string} name @param {string} line a name, or that of a family */
const isMeant = (name, line) => (line.endsWith('*') ? name.startsWith(line.slice(0, -1)) : name === line)

/**
 * @param {readonly string[]} names all dependencies
 * @param {string} document with a section "Dependencies", the last one
 * @returns {string[]} what is wrong
 */
export function problemsOf(names, document) {
  const [, section = ''] = document.split(/^## Dependencies$/m)
  const rows = section.split('\n').flatMap((line) => /^\| (`[^|]*?) (?:\([^|]*\) )?\|/.exec(line)?.[1] ?? [])
  const external = [...new Set(names)].filter((name) => !name.startsWith('@boltline/'))
  return [
    ...external
      .filter((name) => !codeIn(section).some((line) => isMeant(name, line)))
      .map((name) => `${name} has no line that says what it is for`),
    ...codeIn(rows.join('\n'))
      .filter((line) => !external.some((name) => isMeant(name, line)))
      .map((line) => `${line} has a line, and nothing depends on it`),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = [...others, ...(manifestOf('.').workspaces ?? [])]
  const names = folders.flatMap((folder) => dependenciesOf(manifestOf(folder)))
  const problems = problemsOf(names, readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'))
  for (const problem of problems) console.error(`ARCHITECTURE.md: ${problem}`)
  console.log(`${new Set(names).size} dependencies, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
