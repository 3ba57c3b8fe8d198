// npm run test:runtimes: basics.mjs on Node, Bun and Deno. The runtimes come from npm and are installed once into .cache/,
// outside the lock file. Needs a build of the packages. Closes with `N passed, M failed`.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { node, startScripted } from '@boltline/embedded'
import { createCertificate } from '../neo4j/certificate.mjs'
import { root } from '../workspaces.mjs'

const program = join(root, 'tools/runtimes/basics.mjs')

const runtimes = [
  { name: 'Node', command: [process.execPath, program] },
  { name: 'Bun', install: 'bun@1.4.5', command: ['bun', program] },
  {
    name: 'Deno',
    install: 'deno@2.9.6',
    command: ['deno', 'run', '--allow-all', '--node-modules-dir=manual', program],
  },
]

/** @param {string} specifier such as bun@1.4.5 @returns {string} the folder of its executable */
function install(specifier) {
  const folder = join(root, '.cache/runtimes', specifier)
  const bin = join(folder, 'node_modules/.bin')
  if (existsSync(bin)) return bin
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  console.log(`installing ${specifier} into .cache/runtimes`)
  const arguments_ = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', specifier]
  execFileSync('npm', arguments_, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  return bin
}

/** @param {import('@boltline/embedded').ScriptedServer} server */
function teach(server) {
  server.when('RETURN $values AS values').returns(({ parameters }) => [{ values: parameters['values'] }])
  server.when('RETURN $x AS x').returns(({ parameters }) => [{ x: parameters['x'] }])
  server.when('MATCH (p:Person) RETURN p').returns([{ p: node({ labels: ['Person'], properties: { name: 'Ada' } }) }])
  server.when('CREATE (:Deadlock)').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
  server.when('UNWIND range(1, 5000) AS n RETURN n').streams(5000, (index) => ({ n: index + 1 }))
  server.when('RETURN hang()').hangs()
}

/**
 * @param {{ name: string, install?: string, command: readonly string[] }} runtime
 * @returns {Promise<boolean>} whether everything worked
 */
async function run({ name, install: specifier, command }) {
  const path = specifier === undefined ? [] : [install(specifier)]
  const { certificate: cert, key } = createCertificate({ names: ['localhost', '127.0.0.1'] })
  const server = await startScripted({ auth: ['neo4j', 'secret'] })
  const secret = await startScripted({ tls: { cert, key } })
  teach(server)
  const [executable = '', ...arguments_] = command
  console.log(`--- ${name}`)
  const child = spawn(executable, arguments_, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    timeout: 60_000,
    env: {
      ...process.env,
      PATH: [...path, process.env['PATH']].join(delimiter),
      SERVER: server.uri,
      SERVER_WITH_TLS: secret.uri.replace('127.0.0.1', 'localhost'),
      AUTHORITY: cert,
    },
  })
  const [status] = await once(child, 'exit')
  await Promise.all([server.close(), secret.close()])
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  return status === 0
}

let passed = 0
for (const runtime of runtimes) if (await run(runtime)) passed += 1
console.log(`${passed} passed, ${runtimes.length - passed} failed`)
process.exitCode = passed === runtimes.length ? 0 : 1
