// Checks what a user would install, not what lies in the repository: every published package is packed, the tarballs are
// linted (publint, are-the-types-wrong), unpacked beside each other, type-checked with the oldest TypeScript that is
// supported, imported, required, and asked for a file that is nobody's business. Needs a build, and tools/ installed.

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { published, root } from '../workspaces.mjs'
import { problemsOfContents } from './tarball-contents.mjs'

const packed = join(root, '.cache/packed')
const consumer = join(root, '.cache/consumer')
const oldestTypeScript = join(root, 'tools/node_modules/typescript-5.4/bin/tsc')
const publint = join(root, 'node_modules/publint/src/cli.js')
const typesWrong = join(root, 'tools/node_modules/@arethetypeswrong/cli/dist/index.js')

let problems = 0

/**
 * @param {string} what
 * @param {readonly string[]} arguments_ for Node, the script first
 */
function expectSuccess(what, arguments_) {
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd: consumer, encoding: 'utf8' })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${what}`)
  if (status === 0) return
  problems += 1
  console.log(stdout + stderr)
}

/** @param {string} folder */
function pack(folder) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const arguments_ = ['pack', '--json', '--ignore-scripts', '--pack-destination', packed]
  const options = /** @type {const} */ ({
    cwd: join(root, folder),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const before = new Set(readdirSync(packed))
  execFileSync(npm, arguments_, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const tarball = readdirSync(packed).find((name) => !before.has(name))
  if (tarball === undefined) throw new Error(`npm pack left no tarball for ${folder}/`)
  return join(packed, tarball)
}

/** @param {import('../workspaces.mjs').Manifest} manifest */
function entriesOf(manifest) {
  return Object.keys(manifest.exports ?? {})
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1))
}

for (const tool of [oldestTypeScript, typesWrong]) {
  if (!existsSync(tool)) throw new Error(`${tool} is missing: run \`npm ci\` in tools/ first`)
}
for (const folder of [packed, consumer]) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}

/** Entries whose types come from an optional peer, which nobody checks with the oldest TypeScript. */
const ofPeers = ['@boltline/core/arrow']
const entries = published.flatMap(({ manifest }) => entriesOf(manifest))

for (const { folder, manifest } of published) {
  const tarball = pack(folder)
  expectSuccess(`publint ${manifest.name}`, [publint, 'run', tarball, '--strict'])
  expectSuccess(`are the types wrong ${manifest.name}`, [typesWrong, tarball, '--profile', 'esm-only', '--no-color'])
  const target = join(consumer, 'node_modules', manifest.name)
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target])
  const wrong = problemsOfContents(target)
  console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} contents of ${manifest.name}`)
  for (const problem of wrong) console.log(problem)
  problems += wrong.length
}

// Peers are the user's own; those installed here stand for them.
for (const { folder, manifest } of published) {
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    const target = join(consumer, 'node_modules', peer)
    const source = [join(root, folder, 'node_modules', peer), join(root, 'node_modules', peer)].find(existsSync)
    if (source === undefined || existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(source, target, 'junction')
  }
}

writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
/**
 * @param {string} file
 * @param {readonly string[]} imported
 */
function writeImports(file, imported) {
  const imports = imported.map((entry, at) => `import * as entry${at} from '${entry}'\n`)
  writeFileSync(join(consumer, file), `${imports.join('')}export { ${imported.map((_, at) => `entry${at}`)} }\n`)
}
writeImports(
  'everything.ts',
  entries.filter((entry) => !ofPeers.includes(entry)),
)
writeImports('peers.ts', ofPeers)
// A user's program, which the compiler of this repository checks too.
copyFileSync(join(root, 'core/test/types/calls.test-d.ts'), join(consumer, 'calls.ts'))

for (const [moduleResolution, module] of [
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
]) {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    module,
    moduleResolution,
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  }
  const config = join(consumer, `tsconfig.${moduleResolution}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['everything.ts', 'calls.ts'] }))
  expectSuccess(`TypeScript 5.4 reads the declarations, ${moduleResolution}`, [oldestTypeScript, '-p', config])
  const forPeers = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: ['peers.ts'] }
  writeFileSync(config, JSON.stringify(forPeers))
  expectSuccess(`and those beside optional peers, ${moduleResolution}`, [oldestTypeScript, '-p', config])
}

for (const entry of entries) {
  // What is put together with others may have been renamed, which would show in stacks.
  const renamed = `Object.entries(await import('${entry}')).filter(([, value]) => /\\$\\d+$/.test(value?.name))`
  const imports = `const found = ${renamed}; if (found.length > 0) throw new Error('renamed: ' + found.map(([key]) => key))`
  expectSuccess(`import '${entry}'`, ['--input-type=module', '--eval', imports])
  expectSuccess(`require('${entry}')`, ['--input-type=commonjs', '--eval', `require('${entry}')`])
}
for (const { manifest } of published) {
  for (const [command, file] of Object.entries(manifest.bin ?? {})) {
    expectSuccess(`${command} --help`, [join(consumer, 'node_modules', manifest.name, file), '--help'])
  }
  const refused = `await import('${manifest.name}/dist/index.js').then(
    () => process.exit(1), (error) => process.exit(error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? 0 : 2))`
  expectSuccess(`${manifest.name} refuses deep imports`, ['--input-type=module', '--eval', refused])
}

console.log(`${published.length} packages, ${entries.length} entries, ${problems} problems`)
process.exitCode = problems === 0 ? 0 : 1
