// Starts a real Neo4j Community with its Bolt connector, for tests and for trying things out.
//
// The server is one JVM (Neo4jServer.java) on 127.0.0.1 with a data folder of its own. It ends with this process,
// however this process ends: its standard input is a pipe from here, and it halts when that pipe breaks.

import { spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCertificate } from './certificate.mjs'
import { neo4jJars } from './jars.mjs'
import { findJdk } from './jdk.mjs'
import { isVersion, versionNames, versions } from './versions.mjs'

/** @typedef {import('./versions.mjs').Neo4jVersion} Neo4jVersion */

/**
 * @typedef {object} TlsOptions
 * @property {readonly string[]} [names] host names and addresses of the certificate. Default: localhost, 127.0.0.1, ::1
 * @property {Date} [from] the certificate is valid from here on
 * @property {Date} [until] the certificate is valid until then
 * @property {string} [certificate] PEM, with `key`: use this certificate and make none
 * @property {string} [key] PEM (PKCS #8, not encrypted)
 * @property {boolean} [optional] accept plain connections on the same port as well
 * @property {string} [clientCertificates] PEM: demand a client certificate signed by one of these (mutual TLS)
 */

/**
 * @typedef {object} StartOptions
 * @property {Neo4jVersion} version
 * @property {{ user?: string, password: string } | false} [auth] default: false
 * @property {boolean | TlsOptions} [tls] default: false
 * @property {number} [port] default: a free one
 * @property {string} [heap] default: 512m
 * @property {string} [pageCache] default: 64m
 * @property {boolean} [quick] compile less: a start takes half the processor time, long work more; for tests, not for measuring. Default: false
 * @property {Readonly<Record<string, string>>} [settings] more settings of neo4j.conf, by name
 * @property {number} [timeout] ms until the start is given up. Default: 180000
 * @property {(line: string) => void} [say] told about downloads. Default: standard error
 */

/**
 * @typedef {object} Neo4jServer
 * @property {string} uri neo4j:// (routing); with TLS neo4j+ssc:// (any certificate)
 * @property {string} boltUri bolt:// (direct); with TLS bolt+ssc://
 * @property {string} host
 * @property {number} port
 * @property {Neo4jVersion} version
 * @property {string} user empty without auth
 * @property {string} password empty without auth
 * @property {string} [certificate] PEM, with TLS
 * @property {number | undefined} pid of the running JVM
 * @property {() => Promise<void>} kill SIGKILL, as a crash; data and port are kept for `restart`
 * @property {() => Promise<void>} restart on the same port with the same data; a running server is shut down in order first
 * @property {() => Promise<void>} stop ends it for certain and deletes its data
 * @property {() => string} logs what the JVM printed since the first start, its last 200,000 characters
 * @property {() => Promise<void>} [Symbol.asyncDispose] the same as `stop`
 */

const javaSource = join(dirname(fileURLToPath(import.meta.url)), 'Neo4jServer.java')
const host = '127.0.0.1'

/**
 * A running server that answers queries.
 *
 * @example
 * await using server = await startNeo4j({ version: '5.26', auth: { user: 'neo4j', password: 'a password' } })
 *
 * @param {StartOptions} options
 * @returns {Promise<Neo4jServer & AsyncDisposable>}
 */
export async function startNeo4j(options) {
  const { version } = options
  if (!isVersion(version)) {
    throw new Error(`unknown Neo4j version ${JSON.stringify(version)}: known are ${versionNames.join(' and ')}`)
  }
  const { release, java } = versions[version]
  const jdk = findJdk(java, `Neo4j ${version}`)
  const jars = await neo4jJars(release, jdk, options.say)
  // A port found free may be taken before the server binds it, so a port of our own choice is worth another try.
  for (let tries = options.port === undefined ? 3 : 1; ; tries--) {
    const jvm = new Jvm({ jdk, java, jars, options, port: options.port ?? (await freePort()) })
    try {
      return await startOn(jvm, version, options)
    } catch (failure) {
      await jvm.stop()
      if (tries === 1 || !(failure instanceof PortTakenError)) throw failure
    }
  }
}

/**
 * @param {Jvm} jvm
 * @param {Neo4jVersion} version
 * @param {StartOptions} options
 * @returns {Promise<Neo4jServer & AsyncDisposable>}
 */
async function startOn(jvm, version, options) {
  await jvm.prepare()
  await jvm.start()
  const anyCertificate = jvm.certificate === undefined ? '' : '+ssc'
  const auth = options.auth || { user: '', password: '' }
  return {
    uri: `neo4j${anyCertificate}://${host}:${jvm.port}`,
    boltUri: `bolt${anyCertificate}://${host}:${jvm.port}`,
    host,
    port: jvm.port,
    version,
    user: auth.user ?? 'neo4j',
    password: auth.password,
    ...(jvm.certificate === undefined ? {} : { certificate: jvm.certificate }),
    get pid() {
      return jvm.pid
    },
    kill: () => jvm.kill(),
    restart: () => jvm.restart(),
    stop: () => jvm.stop(),
    logs: () => jvm.logs(),
    [Symbol.asyncDispose]: () => jvm.stop(),
  }
}

class PortTakenError extends Error {}

/** The process behind a server: started, killed and started again on one port and one data folder. */
class Jvm {
  /** @readonly */
  port
  /** @type {string | undefined} */
  certificate
  #where
  #options
  #home = ''
  #logs = ''
  /** @type {import('node:child_process').ChildProcessWithoutNullStreams | undefined} */
  #child
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve()

  /** @param {{ jdk: string, java: number, jars: string, options: StartOptions, port: number }} given */
  constructor({ jdk, java, jars, options, port }) {
    this.#where = { jdk, java, jars }
    this.#options = options
    this.port = port
  }

  get pid() {
    return this.#child?.pid
  }

  logs() {
    return this.#logs
  }

  /** Makes the data folder, with the settings and the certificate in it. */
  async prepare() {
    this.#home = await mkdtemp(join(tmpdir(), 'boltline-neo4j-'))
    await writeFile(join(this.#home, 'neo4j.conf'), this.#configuration())
    const { tls } = this.#options
    if (!tls) return
    const wanted = tls === true ? {} : tls
    const { certificate, key } =
      wanted.certificate !== undefined && wanted.key !== undefined
        ? { certificate: wanted.certificate, key: wanted.key }
        : createCertificate(wanted)
    const folder = this.#certificates()
    await mkdir(join(folder, 'trusted'), { recursive: true })
    await mkdir(join(folder, 'revoked'))
    await writeFile(join(folder, 'public.crt'), certificate)
    await writeFile(join(folder, 'private.key'), key, { mode: 0o600 })
    if (wanted.clientCertificates !== undefined) {
      await writeFile(join(folder, 'trusted', 'clients.crt'), wanted.clientCertificates)
    }
    this.certificate = certificate
  }

  /** Resolves when the server answers queries. */
  async start() {
    if (this.#home === '') throw new Error('this server was stopped and its data deleted: start a new one')
    const { jdk, java, jars } = this.#where
    const { heap = '512m', quick = false } = this.#options
    const child = spawn(
      join(jdk, 'bin', 'java'),
      [
        ...jvmFlags(java),
        ...(quick ? ['-XX:TieredStopAtLevel=1'] : []),
        `-Xmx${heap}`,
        '-cp',
        join(jars, '*'),
        javaSource,
      ],
      { stdio: 'pipe', windowsHide: true, cwd: this.#home },
    )
    this.#child = child
    this.#ended = new Promise((ended) => {
      child.once('error', (failure) => {
        this.#note(`could not run java: ${failure.message}\n`)
        ended(undefined)
      })
      child.once('close', ended)
    })
    void this.#ended.then(() => {
      if (this.#child === child) this.#child = undefined
    })
    child.stderr.on('data', (chunk) => this.#note(chunk))
    // The JVM may be gone before it has read its orders; that it is gone is reported by its end.
    child.stdin.on('error', (failure) => this.#note(`${failure.message}\n`))
    child.stdin.write(this.#orders())
    await this.#ready(child)
  }

  /** @param {import('node:child_process').ChildProcessWithoutNullStreams} child */
  async #ready(child) {
    const limit = this.#options.timeout ?? 180_000
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const outcome = await new Promise((/** @type {(outcome: string) => void} */ settle) => {
      timer = setTimeout(() => settle(`was not ready within ${limit} ms`), limit)
      child.stdout.on('data', (chunk) => {
        this.#note(chunk)
        if (/^ready\s*$/m.test(String(chunk))) settle('ready')
      })
      void this.#ended.then(() => settle('ended before it was ready'))
    })
    clearTimeout(timer)
    if (outcome === 'ready') return
    await this.kill()
    const log = await readFile(join(this.#home, 'logs', 'debug.log'), 'utf8').catch(() => '')
    if (/Address already in use|BindException/.test(this.#logs)) {
      throw new PortTakenError(`port ${this.port} of ${host} is taken: choose another one, or none to get a free one`)
    }
    throw new Error(`Neo4j ${this.#options.version} ${outcome}.\n${this.#logs.slice(-4000)}\n${log.slice(-2000)}`)
  }

  async kill() {
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  async restart() {
    this.#child?.stdin.write('stop\n')
    // A query that cannot be interrupted would hold the shutdown for as long as it runs.
    const impatience = setTimeout(() => this.#child?.kill('SIGKILL'), 30_000)
    await this.#ended
    clearTimeout(impatience)
    await this.start()
  }

  async stop() {
    await this.kill()
    const home = this.#home
    this.#home = ''
    // On Windows the files of a process that was just killed stay locked for a moment.
    if (home !== '') await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  #certificates() {
    return join(this.#home, 'certificates', 'bolt')
  }

  /** neo4j.conf, without anything secret. */
  #configuration() {
    const { auth, tls, pageCache, settings } = this.#options
    const address = `${host}:${this.port}`
    const lines = {
      'server.bolt.enabled': 'true',
      'server.bolt.listen_address': address,
      'server.bolt.advertised_address': address,
      // Twice this long an orderly shutdown waits for threads that have nothing left to do.
      'internal.server.bolt.thread_pool_shutdown_wait_time': '1s',
      'server.memory.pagecache.size': pageCache ?? '64m',
      'dbms.usage_report.enabled': 'false',
      'dbms.security.auth_enabled': String(Boolean(auth)),
      'dbms.security.auth_minimum_password_length': '1',
      ...(tls ? tlsSettings(tls === true ? {} : tls, this.#certificates()) : {}),
      ...settings,
    }
    // The file has the escapes of a Java properties file, where a Windows path needs its backslashes doubled.
    return Object.entries(lines)
      .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
      .join('')
  }

  /** What the JVM reads first; a password is never on a command line. */
  #orders() {
    const { auth } = this.#options
    const orders = { home: this.#home, ...(auth ? { user: auth.user ?? 'neo4j', password: auth.password } : {}) }
    const text = Object.entries(orders).map(([name, value]) => `${name} ${encodeURIComponent(value)}\n`)
    return `${text.join('')}\n`
  }

  /** @param {unknown} chunk */
  #note(chunk) {
    this.#logs = (this.#logs + String(chunk)).slice(-200_000)
  }
}

/**
 * @param {TlsOptions} tls
 * @param {string} folder
 */
function tlsSettings(tls, folder) {
  return {
    'server.bolt.tls_level': tls.optional ? 'OPTIONAL' : 'REQUIRED',
    'dbms.ssl.policy.bolt.enabled': 'true',
    'dbms.ssl.policy.bolt.base_directory': folder,
    'dbms.ssl.policy.bolt.client_auth': tls.clientCertificates === undefined ? 'NONE' : 'REQUIRE',
  }
}

/** @param {number} java */
function jvmFlags(java) {
  return [
    '-XX:+UseSerialGC',
    '-XX:-OmitStackTraceInFastThrow',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    '--add-opens=java.base/java.io=ALL-UNNAMED',
    '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Dlog4j2.disable.jmx=true',
    ...(java >= 24 ? ['--sun-misc-unsafe-memory-access=allow', '--enable-native-access=ALL-UNNAMED'] : []),
  ]
}

/**
 * A port nobody listens on, below the range from which systems take ports for outgoing connections: a client that
 * retries a port of that range while its server is down can end up connected to itself, and the port is then lost.
 */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const free = await new Promise((/** @type {(free: boolean) => void} */ settle) => {
      probe.once('error', () => settle(false))
      probe.listen(port, host, () => settle(true))
    })
    if (!free) continue
    probe.close()
    await event(probe, 'close')
    return port
  }
}
