// What a team on Nest 11 has: the project that `nest new` makes, CommonJS with Jest, with the packed packages and the code of
// nest-module/consumer/scaffold/ in it. Its own compiler checks the types, with its own settings and with those of earlier
// scaffolds; `npm test` and `npm run test:e2e` run on the oldest Node that is supported. Needs a build, and a registry.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { installNode } from '../node-releases.mjs'
import { root } from '../workspaces.mjs'
import { installOnce } from './installed.mjs'
import { problems, run } from './steps.mjs'
import { packAll, unpack } from './tarballs.mjs'

const place = join(root, '.cache/nest-scaffold')
const made = join(place, 'made')
const app = join(place, 'app')
const oldestNode = '20.19.0'

/** What the code that is added needs beside the dependencies of the scaffold. */
const added = {
  '@nestjs/terminus': '^11.0.0',
  '@opentelemetry/api': '^1.9.1',
  '@opentelemetry/sdk-trace-base': '^2.0.0',
  'apache-arrow': '^21.0.0',
  'express': '^5.0.0',
}

/** What an application adds to its settings of Jest, as docs/guides/modules.md says. */
const ofJest = { transformIgnorePatterns: ['/node_modules/(?!@boltline/)'] }

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

async function generate() {
  installOnce(join(place, 'cli'), { private: true, devDependencies: { '@nestjs/cli': '^11.0.0' } })
  rmSync(made, { recursive: true, force: true })
  const options = ['--directory', 'made', '--skip-git', '--skip-install', '--package-manager', 'npm']
  const cli = join(place, 'cli/node_modules/@nestjs/cli/bin/nest.js')
  await run([{ title: 'nest new', arguments: [cli, 'new', 'app', ...options], cwd: place }])
}

/** Installs the dependencies of the scaffold, without its tools for format and lint, and copies its code and the added code. */
function install() {
  const { dependencies, devDependencies, jest, ...manifest } = readJson(join(made, 'package.json'))
  const needed = Object.entries({ ...dependencies, ...devDependencies, ...added })
  installOnce(app, {
    ...manifest,
    jest: { ...jest, ...ofJest },
    dependencies: Object.fromEntries(needed.filter(([name]) => !/eslint|prettier|^globals$/.test(name))),
  })
  for (const { manifest, tarball } of packAll(join(place, 'packed'))) unpack(tarball, manifest.name, app)
  for (const folder of ['src', 'test', 'dist']) rmSync(join(app, folder), { recursive: true, force: true })
  rmSync(join(made, 'package.json'))
  cpSync(made, app, { recursive: true })
  cpSync(join(root, 'nest-module/consumer/scaffold'), app, { recursive: true })
  const endToEnd = join(app, 'test/jest-e2e.json')
  writeFileSync(endToEnd, JSON.stringify({ ...readJson(endToEnd), ...ofJest }))
}

/**
 * @param {string} command of the scaffold's package.json
 * @param {string} node
 * @param {RegExp} [expected]
 */
function script(command, node, expected) {
  const { npm_execpath: npm, PATH = '' } = process.env
  if (npm === undefined) throw new Error('npm_execpath is not set: run this check by `npm run check:nest`')
  // The commands that the script names run on the Node that PATH names first.
  const env = { PATH: `${dirname(node)}${delimiter}${PATH}` }
  const title = `Nest 11 scaffold, npm run ${command}`
  return { title, arguments: [npm, 'run', command], cwd: app, node, env, ...(expected && { expected }) }
}

/**
 * @param {string} settings
 * @param {readonly string[]} [options]
 */
function types(settings, options = []) {
  const compiler = ['node_modules/typescript/bin/tsc', '--noEmit', '--incremental', 'false', '-p', 'tsconfig.json']
  return { title: `Nest 11 scaffold, types with ${settings}`, arguments: [...compiler, ...options], cwd: app }
}

await generate()
if (problems() === 0) {
  install()
  const node = installNode(oldestNode)
  const earlier = ['--module', 'commonjs', '--moduleResolution', 'node10', '--resolvePackageJsonExports', 'false']
  await run([
    types('its own settings'),
    types('the settings of earlier scaffolds, module commonjs', earlier),
    script('build', node),
    script('test', node, /Test Suites: 3 passed, 3 total/),
    script('test:e2e', node, /Test Suites: 2 passed, 2 total/),
  ])
}
console.log(`scaffold of Nest 11 on Node ${oldestNode}, ${problems()} problems`)
process.exitCode = problems() === 0 ? 0 : 1
