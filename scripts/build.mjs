// Compiles every published package to its dist/: ES modules, declarations, source maps.
//
// What every program of a user loads is put into a few files, straight from its sources: to find and read its modules one by
// one takes Node twice as long as the rest of an import. The compiler makes the code of the other packages.
//
// The sources import each other as './x.ts'. The compiler rewrites that to './x.js' in the code it emits but leaves the
// declarations as they are; TypeScript understands those all the same, other readers of declarations may not, so the
// last step here rewrites them too. Both endings are of the same length, hence the declaration maps stay right.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { published, root } from './workspaces.mjs'

/** Folders of the packages whose modules are put together. */
const bundled = ['core']

const compiler = join(root, 'node_modules/typescript/bin/tsc')
const relativeTypeScript = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g

/** @param {string} dist */
function rewriteDeclarations(dist) {
  for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue
    const file = join(dist, path)
    writeFileSync(file, readFileSync(file, 'utf8').replace(relativeTypeScript, '$1$2$3.js$2'))
  }
}

/**
 * Writes the entries of a package and what they have in common.
 * @param {string} folder
 * @param {string} dist
 * @param {import('./workspaces.mjs').Manifest} manifest
 */
async function bundle(folder, dist, manifest) {
  const { exports = {}, peerDependencies = {} } = manifest
  const sources = Object.values(exports).flatMap((entry) =>
    typeof entry === 'object' ? (entry['@boltline/source'] ?? []) : [],
  )
  const bundle = await rolldown({
    input: sources.map((source) => join(root, folder, source)),
    platform: 'node',
    external: Object.keys(peerDependencies),
    transform: { target: 'es2022' },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(`${manifest.name} can't be put together: ${message}`)
    },
  })
  await bundle.write({
    dir: dist,
    chunkFileNames: 'internal/[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  await bundle.close()
}

for (const { folder, manifest } of published) {
  const dist = join(root, folder, 'dist')
  const inFewFiles = bundled.includes(folder)
  rmSync(dist, { recursive: true, force: true })
  const options = ['-p', join(root, folder, 'tsconfig.build.json'), ...(inFewFiles ? ['--emitDeclarationOnly'] : [])]
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`${manifest.name} does not compile`)
    process.exit(1)
  }
  rewriteDeclarations(dist)
  if (inFewFiles) await bundle(folder, dist, manifest)
  console.log(`built ${manifest.name}`)
}
