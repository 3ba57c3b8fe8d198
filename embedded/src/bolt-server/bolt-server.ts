/**
 * The Bolt server of this package: listens, performs the handshake, and creates a `ServerConnection` for each client. It handles the
 * protocol; a `QueryHandler` answers the queries. It listens on loopback by default.
 */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { duration } from '@boltline/core/options'
import { longestTimer } from '../timers.ts'
import { hangUp, LoginLimit } from './disconnect.ts'
import { ServerHandshake } from './handshake.ts'
import type { QueryHandler } from './query-handler.ts'
import { ServerConnection } from './server-connection.ts'
import type { ServerSettings } from './server-settings.ts'

/** Options of the Bolt server: where it listens, TLS, credentials and limits. */
export interface BoltServerOptions {
  /** The port to listen on. Default: a free port. */
  readonly port?: number
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string
  /** The only credentials that the server accepts. Default: it accepts all clients. */
  readonly auth?:
    | { readonly user: string; readonly password: string }
    | readonly [user: string, password: string]
    | false
  /** The certificate and key in PEM, with further options of `node:tls`. Default: no encryption. */
  readonly tls?: TlsOptions & { readonly cert: string; readonly key: string }
  /** The agent that the server announces. Default: `Neo4j/5.26.0`, because clients expect a Neo4j. */
  readonly agent?: string
  /** Hints in the answer to HELLO, such as `connection.recv_timeout_seconds`. Default: none. */
  readonly hints?: Readonly<Record<string, unknown>>
  /** The largest accepted message, in bytes; a client that exceeds it is disconnected. Before the login: 64 KiB. Default: 64 MiB. */
  readonly maxMessageBytes?: number
  /** The largest number of open transactions of all clients. Default: 1,000. */
  readonly maxTransactions?: number
  /**
   * The time limit of a login in ms: once for the TLS handshake, and once for the Bolt handshake, HELLO and LOGON together. The
   * server disconnects a client that exceeds it. Default: 30,000; `Infinity` means no limit.
   */
  readonly loginTimeout?: number
}

/** The names of all {@link BoltServerOptions}. */
export const boltServerOptions = [
  'port',
  'host',
  'auth',
  'tls',
  'agent',
  'hints',
  'maxMessageBytes',
  'maxTransactions',
  'loginTimeout',
] as const satisfies readonly (keyof BoltServerOptions)[]

/** A listening Bolt server. */
export interface BoltServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The URI for `GraphDatabase.driver`: `bolt://…`. */
  readonly uri: string
  /** The number of connected clients. */
  readonly connections: number
  /** Closes the port, so that new connections are refused; connected clients stay. */
  refuse(): void
  /** Opens the same port again after {@link refuse}. */
  accept(): Promise<void>
  /** Disconnects all clients and stops listening. Further calls return the same promise. */
  close(): Promise<void>
}

export async function startBoltServer(handler: QueryHandler, options?: BoltServerOptions | null): Promise<BoltServer> {
  const given = options ?? {}
  const host = given.host ?? '127.0.0.1'
  const loginTimeout = duration('loginTimeout', given.loginTimeout, 30_000)
  const sockets = new Set<Socket>()
  let connected = 0
  let bookmarks = 0
  const settings: ServerSettings = {
    agent: given.agent ?? 'Neo4j/5.26.0',
    handler,
    auth: credentials(given.auth),
    hints: given.hints ?? {},
    maxMessageBytes: given.maxMessageBytes ?? 64 * 1024 * 1024,
    maxTransactions: given.maxTransactions ?? 1000,
    loginTimeout,
    address: () => `${host}:${port}`,
    transactions: { open: 0 },
    nextBookmark: () => `boltline:${++bookmarks}`,
  }
  const onClient = (socket: Socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    negotiate(socket, `bolt-${++connected}`, settings)
  }
  const handshakeTimeout = Math.min(loginTimeout, longestTimer)
  const server: Server = given.tls
    ? createTlsServer({ handshakeTimeout, ...given.tls }, onClient)
    : createServer(onClient)
  // With TLS, this event delivers the TCP socket, before the TLS handshake begins.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // A failed TLS handshake must not affect other clients.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.listen(given.port ?? 0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let closing: Promise<void> | null = null
  const close = () => {
    closing ??= (async () => {
      // Not `once` of node:events, which rejects where a client has reset its connection.
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      if (server.listening) server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    })()
    return closing
  }
  return {
    host,
    port,
    uri: `bolt://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get connections() {
      return sockets.size
    },
    refuse: () => {
      if (server.listening) server.close()
    },
    accept: async () => {
      if (server.listening) return
      server.listen(port, host)
      await once(server, 'listening')
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Performs the handshake, then passes the socket's bytes to a `ServerConnection`. */
function negotiate(socket: Socket, id: string, settings: ServerSettings): void {
  const handshake = new ServerHandshake()
  const limit = new LoginLimit(socket, settings.loginTimeout)
  let connection: ServerConnection | null = null
  socket.on('data', (bytes: Buffer) => {
    if (connection !== null) return connection.receive(bytes)
    const { answer, version, refused, rest } = handshake.feed(bytes)
    if (answer.length > 0) socket.write(answer)
    if (refused) return hangUp(socket)
    if (version === null) return
    connection = new ServerConnection(socket, version, id, settings, limit)
    if (rest.length > 0) connection.receive(rest)
  })
}

function credentials(auth: BoltServerOptions['auth']): ServerSettings['auth'] {
  if (!auth) return null
  if ('user' in auth) return auth
  const [user, password] = auth
  return { user, password }
}
