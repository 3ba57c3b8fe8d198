// Compiles every published package to its dist/: ES modules, declarations, source maps.
//
// There is one copy of the code, as ES modules, and one of the declarations. `require()` finds a `.cjs` file that requires the
// ES module. A CommonJS project that TypeScript older than 5.8 compiles may not import a declaration that counts as an ES
// module, while an ES module may import either kind: so the declarations lie in dist/types/, where a package.json makes them
// CommonJS, and those beside the ES modules re-export them. Both kinds of importer get the same classes.
//
// What every program of a user loads is put into a few files, straight from its sources: to find and read its modules one by
// one takes Node twice as long as the rest of an import. The compiler makes the code of the other packages.
//
// The sources import each other as './x.ts'. The compiler rewrites that to './x.js' in the code it emits but leaves the
// declarations as they are; TypeScript understands those all the same, other readers of declarations may not, so the
// last step here rewrites them too. Both endings are of the same length, hence the declaration maps stay right.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { published, root } from './workspaces.mjs'

/** Folders of the packages whose modules are put together. */
const bundled = ['core']

const compiler = join(root, 'node_modules/typescript/bin/tsc')
const importOfPeer = /\bimport (?:type )?\{([^}]+)\} from '((?!\.|node:|@boltline\/)[^']+)'/g
const relativeTypeScript = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g

/**
 * Lets declarations name files as they are published, and peers as ES modules: the older compilers refuse a CommonJS declaration
 * that imports an ES module (Nest 12 is one) without saying so.
 * @param {string} types
 */
function rewriteDeclarations(types) {
  for (const path of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue
    const file = join(types, path)
    const text = readFileSync(file, 'utf8').replace(relativeTypeScript, '$1$2$3.js$2')
    writeFileSync(file, text.replace(importOfPeer, typeImport))
  }
}

/**
 * @param {string} _
 * @param {string} names
 * @param {string} peer
 */
function typeImport(_, names, peer) {
  const types = names.replace(/\btype /g, '')
  return `import type {${types}} from '${peer}' with { 'resolution-mode': 'import' }`
}

/**
 * Writes what makes the declarations CommonJS, and for each entry the declarations of its ES module and the file that
 * `require()` finds. That file never runs its last line, in which `import()` finds the names that it exports.
 * @param {string} dist
 * @param {import('./workspaces.mjs').Manifest} manifest
 */
async function writeEntries(dist, manifest) {
  writeFileSync(join(dist, 'types/package.json'), '{ "type": "commonjs" }\n')
  for (const source of sourcesOf(manifest)) {
    const name = basename(source, '.ts')
    writeFileSync(join(dist, `${name}.d.ts`), `export * from './types/${name}.js'\n`)
    const names = Object.keys(await import(pathToFileURL(join(dist, `${name}.js`)).href)).join(', ')
    const lines = [
      `const entry = require('./${name}.js')`,
      'module.exports = entry',
      `0 && (module.exports = { ${names} })`,
    ]
    writeFileSync(join(dist, `${name}.cjs`), `${lines.join('\n')}\n`)
  }
}

/**
 * @param {import('./workspaces.mjs').Manifest} manifest
 * @returns {string[]} the sources of its entries
 */
function sourcesOf({ exports = {} }) {
  return Object.values(exports).flatMap((entry) => {
    const source = typeof entry === 'object' ? entry['@boltline/source'] : undefined
    return typeof source === 'string' ? [source] : []
  })
}

/**
 * Writes the entries of a package and what they have in common.
 * @param {string} folder
 * @param {string} dist
 * @param {import('./workspaces.mjs').Manifest} manifest
 */
async function bundle(folder, dist, manifest) {
  const { peerDependencies = {} } = manifest
  const bundle = await rolldown({
    input: sourcesOf(manifest).map((source) => join(root, folder, source)),
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
  rewriteDeclarations(join(dist, 'types'))
  if (inFewFiles) await bundle(folder, dist, manifest)
  await writeEntries(dist, manifest)
  console.log(`built ${manifest.name}`)
}
