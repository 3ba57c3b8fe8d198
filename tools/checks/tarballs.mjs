// The published packages as npm would publish them: packed from a build, and unpacked into a project as an install would do it.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { published, root } from '../workspaces.mjs'

const windows = process.platform === 'win32'
export const npm = windows ? 'npm.cmd' : 'npm'

/**
 * Packs every published package.
 * @param {string} destination is emptied first
 * @returns {{ folder: string, manifest: import('../workspaces.mjs').Manifest, tarball: string }[]}
 */
export function packAll(destination) {
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  return published.map(({ folder, manifest }) => ({ folder, manifest, tarball: pack(folder, destination) }))
}

/**
 * @param {string} folder
 * @param {string} destination
 */
function pack(folder, destination) {
  const before = new Set(readdirSync(destination))
  const arguments_ = ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination]
  const cwd = join(root, folder)
  execFileSync(npm, arguments_, { cwd, shell: windows, stdio: ['ignore', 'ignore', 'inherit'] })
  const tarball = readdirSync(destination).find((name) => !before.has(name))
  if (tarball === undefined) throw new Error(`npm pack left no tarball for ${folder}/`)
  return join(destination, tarball)
}

/**
 * Puts the content of a tarball where an install would put it.
 * @param {string} tarball
 * @param {string} name of the package
 * @param {string} project
 * @returns {string} the folder
 */
export function unpack(tarball, name, project) {
  const folder = join(project, 'node_modules', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder])
  return folder
}

/**
 * Links the peers of the packages, which are the user's own: those that are installed here stand for them.
 * @param {string} project
 */
export function linkPeers(project) {
  for (const { folder, manifest } of published) {
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
      const target = join(project, 'node_modules', peer)
      const source = [join(root, folder, 'node_modules', peer), join(root, 'node_modules', peer)].find(existsSync)
      if (source === undefined || existsSync(target)) continue
      mkdirSync(dirname(target), { recursive: true })
      symlinkSync(source, target, 'junction')
    }
  }
}
