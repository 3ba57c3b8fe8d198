// One JVM with a Neo4j in it: its data folder, settings, start, crash, orderly shutdown and end.
// Knows neither versions nor downloads: it is given a JDK and a folder of jars.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCertificate } from './certificate.mjs'

/** @typedef {import('./start.mjs').StartOptions} StartOptions */
/** @typedef {import('./start.mjs').TlsOptions} TlsOptions */

/**
 * @typedef {object} Where
 * @property {string} jdk home folder of a JDK
 * @property {number} java its major version
 * @property {string} jars folder of the server's jars
 * @property {string} [jar] with Neo4jServer compiled; without it, the JVM compiles it at every start
 * @property {string} [archive] with the classes of a start
 */

export const javaSource = join(dirname(fileURLToPath(import.meta.url)), 'Neo4jServer.java')

/** Servers are reached from this machine alone. */
export const host = '127.0.0.1'

export class PortTakenError extends Error {}

/** The process behind a server: started, killed and started again on one port and one data folder. */
export class Jvm {
  /** @readonly */
  port
  /** @type {string | undefined} */
  certificate
  #where
  #options
  #flags
  #home = ''
  #logs = ''
  /** @type {import('node:child_process').ChildProcessWithoutNullStreams | undefined} */
  #child
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve()

  /** @param {{ where: Where, options: StartOptions, port: number, flags?: readonly string[] }} given */
  constructor({ where, options, port, flags = [] }) {
    this.#where = where
    this.#options = options
    this.#flags = flags
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
    const { jdk, java, jars, jar, archive } = this.#where
    const { heap = '512m', quick = false } = this.#options
    const flags = [
      ...jvmFlags(java),
      ...(quick ? ['-XX:TieredStopAtLevel=1'] : []),
      ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
      ...this.#flags,
      `-Xmx${heap}`,
    ]
    const all = join(jars, '*')
    const program = jar === undefined ? ['-cp', all, javaSource] : ['-cp', all + delimiter + jar, 'Neo4jServer']
    const child = spawn(join(jdk, 'bin', 'java'), [...flags, ...program], {
      stdio: 'pipe',
      windowsHide: true,
      cwd: this.#home,
    })
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
    const limit = this.#options.timeout ?? 600_000
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
    // A query that cannot be interrupted would hold the shutdown for as long as it runs.
    await this.shutDown(30_000)
    await this.start()
  }

  /**
   * In order, or by force where that takes too long.
   *
   * @param {number} patience ms
   * @returns {Promise<boolean>} whether it went in order
   */
  async shutDown(patience) {
    const child = this.#child
    child?.stdin.write('stop\n')
    const impatience = setTimeout(() => child?.kill('SIGKILL'), patience)
    await this.#ended
    clearTimeout(impatience)
    return child?.exitCode === 0
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
