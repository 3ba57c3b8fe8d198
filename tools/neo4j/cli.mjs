// `npm run neo4j -- 5.26 [--password secret] [--tls] [--port 7687]`: a server for as long as this command runs.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startNeo4j } from './start.mjs'
import { isVersion, versionNames, versions } from './versions.mjs'

const usage = `Usage: npm run neo4j -- <${versionNames.join(' | ')}> [options]

  --auth               user neo4j with the password "boltline"
  --password <text>    user neo4j with this password (implies --auth)
  --tls                TLS with a certificate of its own (use bolt+ssc:// or neo4j+ssc://)
  --port <number>      default: a free one
  --heap <size>        default: 512m
  --page-cache <size>  default: 64m
  --help

The server listens on 127.0.0.1, has an empty data folder of its own and ends with this command.
Needs: ${versionNames.map((name) => `JDK ${versions[name].java} for ${name} (JAVA_HOME_${versions[name].java})`).join(', ')}.`

async function main() {
  const shell = process.ppid
  const npm = process.env.npm_lifecycle_event === undefined ? undefined : parentOf(shell)
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      auth: { type: 'boolean', default: false },
      password: { type: 'string' },
      tls: { type: 'boolean', default: false },
      port: { type: 'string' },
      heap: { type: 'string' },
      'page-cache': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const [version = ''] = positionals
  if (positionals.length !== 1 || !isVersion(version)) {
    throw new Error(`expected one version, found ${JSON.stringify(positionals.join(' '))}\n\n${usage}`)
  }
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error(`--port ${values.port} is no port: give a number from 1 to 65535`)
  }
  const password = values.password ?? (values.auth ? 'boltline' : undefined)
  const server = await startNeo4j({
    version,
    tls: values.tls,
    auth: password === undefined ? false : { password },
    ...(port === undefined ? {} : { port }),
    ...(values.heap === undefined ? {} : { heap: values.heap }),
    ...(values['page-cache'] === undefined ? {} : { pageCache: values['page-cache'] }),
  })
  // Signals may come more than once (npm passes them on, the terminal sends them too); the first one counts.
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await server.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop())
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => (process.ppid === shell && isAlive(npm)) || void stop(), 500).unref()
  }
  const account = password === undefined ? 'no auth' : `user ${server.user}`
  console.log(
    `Neo4j ${versions[version].release} is ready at ${server.boltUri} and ${server.uri} (${account}). Ctrl-C stops it.`,
  )
}

/**
 * npm runs this command in a shell that passes no signal on, so the death of npm has to be noticed here.
 *
 * @param {number} pid
 * @returns {number | undefined} undefined where the system does not say
 */
function parentOf(pid) {
  if (process.platform === 'win32') return undefined
  const answer =
    process.platform === 'linux'
      ? /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
  return Number(answer) || undefined
}

/** @param {number | undefined} pid */
function isAlive(pid) {
  if (pid === undefined) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    return /** @type {NodeJS.ErrnoException} */ (failure).code !== 'ESRCH'
  }
}

main().catch((failure) => {
  console.error(failure instanceof Error ? failure.message : failure)
  process.exitCode = 1
})
