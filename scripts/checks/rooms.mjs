// Checks the imports of all packages against the room table of .dependency-cruiser.cjs. dependency-cruiser parses
// TypeScript with the compiler API of TypeScript 6, so it lives in tools/.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cruiser = `${root}tools/node_modules/dependency-cruiser/bin/dependency-cruise.mjs`

/** All packages; `nest-module/consumer` is run elsewhere, beside what it imports. */
const checked = ['core', 'embedded', 'express-middleware', 'nest-module/src', 'nest-module/test', 'otel']

/**
 * @param {string} cwd the folder that holds the packages
 * @param {readonly string[]} folders what to check in it
 */
export function checkRooms(cwd, folders) {
  if (!existsSync(cruiser)) throw new Error('dependency-cruiser is not installed: run `npm ci` in tools/ first')
  const arguments_ = [cruiser, ...folders, '--config', `${root}.dependency-cruiser.cjs`, '--output-type', 'err']
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd, encoding: 'utf8' })
  return { clean: status === 0, report: stdout + stderr }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { clean, report } = checkRooms(root, checked)
  process.stdout.write(report)
  process.exitCode = clean ? 0 : 1
}
