// Runs the tests on another Node: `npm run test:node -- 26 [arguments for vitest]`.

import { execFileSync, spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { installNode } from './node-releases.mjs'
import { root } from './workspaces.mjs'

const usage = 'Usage: npm run test:node -- <version, such as 20.19 or 26> [arguments for vitest]'

const [version = '', ...arguments_] = process.argv.slice(2)
if (!/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error(`expected a version of Node, found ${JSON.stringify(version)}\n${usage}`)
  process.exit(1)
}

const node = installNode(version)
console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(node, [vitest, 'run', ...arguments_], {
  cwd: root,
  stdio: 'inherit',
  // Programs that the tests start find the same Node.
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
})
process.exitCode = status ?? 1
