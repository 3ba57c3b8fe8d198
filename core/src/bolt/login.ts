/**
 * Makes a connection that is ready for requests from a transport: handshake, HELLO and LOGON.
 * HELLO and LOGON are sent in one write, after the handshake's reply if there is one.
 */

import type { Log } from '../diagnostics/log.ts'
import { BoltProtocolError, CertificateConfigurationError, ServiceUnavailable } from '../errors/index.ts'
import { loginLimits } from '../packstream/limits.ts'
import { clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import type { Transport } from '../transport/transport.ts'
import type { Address } from '../values/address.ts'
import type { Auth } from '../values/auth.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { type Agreement, Handshake } from './handshake.ts'
import { type ClientIdentity, hello, logon, type NotificationFilter } from './requests.ts'
import { type Metadata, Reply } from './responses.ts'
import { type BoltVersion, versionName } from './versions.ts'

export interface LoginOptions {
  readonly address: Address
  readonly auth: Auth
  /** Whether the credentials are the driver's own, not those of a session. */
  readonly own: boolean
  readonly client: ClientIdentity
  /** The routing context of a `neo4j` URI; null for `bolt`. */
  readonly routing: Readonly<Record<string, string>> | null
  readonly filter: NotificationFilter | null
  readonly versions: readonly BoltVersion[]
  readonly busyPollTime: number
  /** After how many ms of silence the server's host is probed; `Infinity`: never. */
  readonly probeAfter: number
  /** The largest message after the login, in bytes (`maxMessageValues`: in values). */
  readonly maxMessageSize: number
  readonly maxMessageValues: number
  readonly redact: boolean
  readonly onFailure: ConnectionOptions['onFailure']
  readonly log: Log
}

/** Performs handshake and login; destroys the transport if the deadline passes or a step fails. */
export async function login(transport: Transport, options: LoginOptions, deadline: Deadline): Promise<Connection> {
  const agreement = await shakeHands(transport, options, deadline)
  const { version } = agreement
  if (options.log.enabled('debug'))
    options.log.debug(`[${options.address}] S: <handshake> Bolt ${versionName(version)}`)
  const connection = new Connection(transport, {
    address: options.address,
    version,
    routed: options.routing !== null,
    busyPollTime: options.busyPollTime,
    probeAfter: options.probeAfter,
    redact: options.redact,
    onFailure: options.onFailure,
    log: options.log,
  })
  connection.limitMessages(
    loginLimits.messageBytes,
    loginLimits.messageValues,
    () => '. Until the login has succeeded, this limit is fixed',
  )
  if (agreement.reply.length > 0) transport.write(agreement.reply)
  if (version.utc) connection.agreeOnUtc()
  const ms = deadline.remaining()
  const timer = clock.setTimeout(() => {
    const silence = `${options.address} did not answer the login (HELLO, LOGON) within ${Math.round(ms)} ms`
    connection.destroy(new ServiceUnavailable(`${silence} (connectionAcquisitionTimeout)`))
  }, ms)
  try {
    const greeting = new Reply()
    connection.send(hello(version, options.client, options.routing, options.auth, options.filter), greeting)
    const admission = version.logon ? new Reply() : greeting
    if (version.logon) connection.send(logon(options.auth), admission)
    connection.flush()
    const [greeted, admitted] = await Promise.all([greeting.metadata(), admission.metadata()])
    apply(connection, greeted, admitted)
    connection.limitMessages(
      options.maxMessageSize,
      options.maxMessageValues,
      (setting) => `. The driver's setting ${setting} raises the limit`,
    )
    connection.authentication.accepted(options.auth, options.own)
    return connection
  } catch (error) {
    connection.destroy(error as Error)
    throw error
  } finally {
    clock.clearTimeout(timer)
  }
}

function shakeHands(transport: Transport, options: LoginOptions, deadline: Deadline): Promise<Agreement> {
  const handshake = new Handshake(String(options.address), options.versions)
  const started = clock.now()
  return new Promise<Agreement>((resolve, reject) => {
    const fail = (error: Error) => {
      clock.clearTimeout(timer)
      transport.destroy()
      reject(error)
    }
    const timer = clock.setTimeout(() => fail(handshake.timedOut(clock.now() - started)), deadline.remaining())
    transport.onClose = (error) => {
      if (error === null) return fail(handshake.ended(transport.secure))
      const Failure =
        error instanceof CertificateConfigurationError ? CertificateConfigurationError : ServiceUnavailable
      const why = transport.secure
        ? `${options.address} ended the connection in front of the Bolt handshake: ${error.message}`
        : `${handshake.ended().message} (${error.message})`
      fail(new Failure(why, { cause: error }))
    }
    transport.onData = (bytes, length) => {
      try {
        const agreement = handshake.feed(bytes.subarray(0, length))
        if (agreement === null) return
        if (agreement.surplus > 0)
          throw new BoltProtocolError(`${options.address} sent ${agreement.surplus} bytes before it was asked anything`)
        clock.clearTimeout(timer)
        resolve(agreement)
      } catch (error) {
        fail(error as Error)
      }
    }
    transport.write(handshake.opening)
  })
}

/** Takes over what the server has said of itself. */
function apply(connection: Connection, greeted: Metadata, admitted: Metadata): void {
  const agent = typeof greeted['server'] === 'string' ? greeted['server'] : ''
  if (agent !== '' && !agent.startsWith('Neo4j/')) {
    throw new BoltProtocolError(
      `${connection.address} calls itself ${JSON.stringify(agent)}: this is neither Neo4j nor a server compatible with it, whose names begin with "Neo4j/". Check host and port`,
    )
  }
  const given = greeted['hints']
  const hints = typeof given === 'object' && given !== null ? (given as Metadata) : {}
  const seconds = hints['connection.recv_timeout_seconds']
  const advertised = admitted['advertised_address']
  const patches = greeted['patch_bolt']
  if (Array.isArray(patches) && patches.includes('utc')) connection.agreeOnUtc()
  connection.greeted({
    agent,
    connectionId: typeof greeted['connection_id'] === 'string' ? greeted['connection_id'] : '',
    hints,
    advertisedAddress: typeof advertised === 'string' ? advertised : null,
    receiveTimeout: typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1000 : null,
  })
}
