// Tools and frameworks that only a check needs: installed from npm into .cache/, outside the lock files, and kept there.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './tarballs.mjs'

/**
 * Makes the folder a project with these dependencies; does nothing if it is that already.
 * @param {string} folder
 * @param {object} manifest
 */
export function installOnce(folder, manifest) {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  const done = join(folder, 'node_modules/.installed.json')
  if (existsSync(done) && readFileSync(done, 'utf8') === text) return
  console.log(`installing the dependencies of ${folder}`)
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  rmSync(join(folder, 'package-lock.json'), { force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), text)
  execFileSync(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(done, text)
}
