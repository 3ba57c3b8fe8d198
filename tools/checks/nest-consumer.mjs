// What a user of NestJS has in hands: a project made from the packed tarballs, with ES modules on Nest 12 and with CommonJS
// output on Nest 11. It is compiled, started, asked over HTTP, and its own unit tests run with node:test, vitest and Jest.
// Needs a build, and a registry for Nest and the test runners.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspaces.mjs'
import { npm, packAll } from './tarballs.mjs'

const place = join(root, '.cache/nest-consumer')
const packages = ['core', 'embedded', 'nest-module']
const shell = process.platform === 'win32'

/**
 * @typedef {object} Consumer
 * @property {string} name
 * @property {'module' | 'commonjs'} type
 * @property {string} nest the range of Nest's versions
 * @property {string} testing that of @nestjs/testing, which has versions of its own
 */

/** @type {readonly Consumer[]} */
const consumers = [
  { name: 'ES modules on Nest 12', type: 'module', nest: '^12.5.1', testing: '^12.1.1' },
  { name: 'CommonJS output on Nest 11', type: 'commonjs', nest: '^11.2.6', testing: '^11.2.6' },
]

let problems = 0

/**
 * @param {Consumer} consumer
 * @param {readonly string[]} tarballs
 */
function install({ type, nest, testing }, tarballs) {
  const folder = join(place, type)
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'nest-module/consumer'), folder, { recursive: true })
  const dependencies = Object.fromEntries(tarballs.map((file) => [packageIn(file), `file:${file}`]))
  const ofNest = ['common', 'core', 'platform-express'].map((part) => [`@nestjs/${part}`, nest])
  write(folder, 'package.json', {
    name: 'consumer',
    private: true,
    type,
    dependencies: {
      ...dependencies,
      ...Object.fromEntries(ofNest),
      '@nestjs/testing': testing,
      'reflect-metadata': '^0.2.2',
      rxjs: '^7.8.2',
    },
    devDependencies: {
      '@types/node': '^20.19.43',
      jest: '^30.5.2',
      typescript: '^7.0.2',
      vite: '^8.0.0',
      vitest: '^4.1.12',
    },
  })
  write(folder, 'tsconfig.json', {
    compilerOptions: {
      target: 'es2022',
      module: type === 'module' ? 'nodenext' : 'commonjs',
      moduleResolution: type === 'module' ? 'nodenext' : 'bundler',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      strict: true,
      skipLibCheck: true,
      esModuleInterop: true,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  })
  execFileSync(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    shell,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return folder
}

/** @param {string} tarball */
function packageIn(tarball) {
  const listing = execFileSync('tar', ['-xOzf', tarball, 'package/package.json'], { encoding: 'utf8' })
  return String(JSON.parse(listing).name)
}

/**
 * @param {string} folder
 * @param {string} file
 * @param {object} content
 */
function write(folder, file, content) {
  writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`)
}

/**
 * @param {string} folder
 * @param {string} what
 * @param {readonly string[]} arguments_ for Node, the script first
 * @param {RegExp} [expected] what it has to print
 */
function expectSuccess(folder, what, arguments_, expected = /(?:)/) {
  const { status, output } = run(folder, arguments_)
  const ok = status === 0 && expected.test(output)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${what}`)
  if (ok) return
  problems += 1
  console.log(output)
}

/**
 * Jest loads modules itself, and requires ES modules from Node 24.9 on. With the setting that docs/guides/modules.md names it
 * transforms them before, which nest-scaffold.mjs checks.
 *
 * @param {string} folder
 * @param {string} what
 * @param {readonly string[]} arguments_
 */
function expectKnown(folder, what, arguments_) {
  const { status, output } = run(folder, arguments_)
  const known = status === 0 || output.includes('Must use import to load ES Module')
  const how = status === 0 ? 'works' : 'needs Node 24.9'
  console.log(`${known ? 'ok    ' : 'FAILED'} ${what}: ${how}, this is ${process.version}`)
  if (known) return
  problems += 1
  console.log(output)
}

/**
 * @param {string} folder
 * @param {readonly string[]} arguments_
 */
function run(folder, arguments_) {
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd: folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const jest = 'node_modules/jest/bin/jest.js'

/** @param {string} pattern */
const jestConfig = (pattern) =>
  JSON.stringify({ testMatch: [`<rootDir>/${pattern}`], testEnvironment: 'node', transform: {} })

const tarballs = packAll(join(place, 'packed'))
  .filter(({ folder }) => packages.includes(folder))
  .map(({ tarball }) => tarball)
for (const consumer of consumers) {
  const folder = install(consumer, tarballs)
  /** @param {string} step */
  const named = (step) => `${consumer.name}: ${step}`
  expectSuccess(folder, named('compiles'), ['node_modules/typescript/bin/tsc', '-p', '.'])
  expectSuccess(folder, named('boots, serves and stops'), ['dist/main.js'], /^201 \[\{"id":"o-1"\}\] 409$/m)
  expectSuccess(folder, named('node:test'), ['--test', 'dist/orders.test.js'], /pass 1\b/)
  expectSuccess(folder, named('vitest'), ['node_modules/vitest/vitest.mjs', 'run'], /1 passed/)
  const asModules = ['--experimental-vm-modules', jest, '--config', jestConfig('*.jest.mjs')]
  if (consumer.type === 'module') expectSuccess(folder, named('Jest, as ES modules'), asModules, /1 passed/)
  else expectKnown(folder, named('Jest, a test that is an ES module'), asModules)
  expectKnown(folder, named('Jest, as CommonJS'), [jest, '--config', jestConfig('*.jest.cjs')])
}
console.log(`${consumers.length} consumers, ${problems} problems`)
process.exitCode = problems === 0 ? 0 : 1
