// Checks the imports of all packages against the table of rooms (`rooms/table.mjs`), in both directions: no import that the
// table forbids, no permission that nothing uses, no circle. Checks also that ARCHITECTURE.md shows the table; `--write`
// updates it. dependency-cruiser parses TypeScript with the compiler API of TypeScript 6, so it lives in tools/.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withRooms } from './rooms/document.mjs'
import { circles, emptyRows, unusedPermissions } from './rooms/permissions.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cruiser = `${root}tools/node_modules/dependency-cruiser/bin/dependency-cruise.mjs`
const config = fileURLToPath(new URL('rooms/cruiser.config.mjs', import.meta.url))

/** All packages; `nest-module/consumer` is run elsewhere, beside what it imports. */
const checked = ['core', 'embedded', 'express-middleware', 'nest-module/src', 'nest-module/test', 'otel']

/**
 * @param {string} cwd the folder that contains the packages
 * @param {readonly string[]} folders what to check in it
 */
export function checkRooms(cwd, folders) {
  if (!existsSync(cruiser)) throw new Error('dependency-cruiser is not installed: run `npm ci` in tools/ first')
  const arguments_ = [cruiser, ...folders, '--config', config, '--output-type', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (stderr !== '') throw new Error(stderr)
  /** @type {{
   *   modules: import('./rooms/permissions.mjs').Module[],
   *   summary: { totalCruised: number, violations: { rule: { name: string }, from: string, to: string }[] },
   * }} */
  const { modules, summary } = JSON.parse(stdout)
  const violations = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
  return { modules, violations }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { modules, violations } = checkRooms(root, checked)
  const problems = [...violations, ...emptyRows(modules), ...unusedPermissions(modules), ...circles()]
  const path = `${root}ARCHITECTURE.md`
  const document = readFileSync(path, 'utf8')
  const current = withRooms(document)
  if (document !== current) {
    if (process.argv.includes('--write')) writeFileSync(path, current)
    else problems.push('ARCHITECTURE.md does not show the table of rooms: run `npm run check:rooms -- --write`')
  }
  for (const problem of problems) console.error(problem)
  console.log(`${modules.length} modules, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
