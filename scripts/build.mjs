// Compiles every published package to its dist/: ES modules, declarations, source maps.
//
// The sources import each other as './x.ts'. The compiler rewrites that to './x.js' in the code it emits but leaves the
// declarations as they are; TypeScript understands those all the same, other readers of declarations may not, so the
// last step here rewrites them too. Both endings are of the same length, hence the declaration maps stay right.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { published, root } from './workspaces.mjs'

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

for (const { folder, manifest } of published) {
  const dist = join(root, folder, 'dist')
  rmSync(dist, { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, folder, 'tsconfig.build.json')], {
    stdio: 'inherit',
  })
  if (status !== 0) {
    console.error(`${manifest.name} does not compile`)
    process.exit(1)
  }
  rewriteDeclarations(dist)
  console.log(`built ${manifest.name}`)
}
