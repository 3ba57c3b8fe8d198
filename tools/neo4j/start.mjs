// Starts a real Neo4j Community with its Bolt connector, for tests and for trying things out.
//
// The server is one JVM (Neo4jServer.java) on 127.0.0.1 with a data folder of its own. It ends with this process,
// however this process ends: its standard input is a pipe from here, and it halts when that pipe breaks.

import { freePort } from '../testing/free-port.mjs'
import { neo4jJars } from './jars.mjs'
import { findJdk } from './jdk.mjs'
import { host, Jvm, PortTakenError } from './jvm.mjs'
import { prepared } from './quick-start.mjs'
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
 * @property {boolean} [quick] start with a quarter of the processor time, and do long work slower: classes come from an archive, which the first start makes, and are compiled less; for tests, not for measuring. Default: false
 * @property {Readonly<Record<string, string>>} [settings] more settings of neo4j.conf, by name
 * @property {number} [timeout] ms until the start is given up. Default: 600000
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
  const where = options.quick ? await prepared({ jdk, java, jars }, version) : { jdk, java, jars }
  // A port found free may be taken before the server binds it, so a port of our own choice is worth another try.
  for (let tries = options.port === undefined ? 3 : 1; ; tries--) {
    const jvm = new Jvm({ where, options, port: options.port ?? (await freePort()) })
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
