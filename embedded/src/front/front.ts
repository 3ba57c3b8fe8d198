/**
 * The Bolt front: listens, shakes hands, and gives each client a connection of its own. It knows the protocol and nothing
 * of what answers the queries; that is a `QueryHandler`. Loopback unless told otherwise.
 */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { duration } from '@boltline/core/options'
import { longestTimer } from '../timers.ts'
import { ServerHandshake } from './handshake.ts'
import type { QueryHandler } from './query-handler.ts'
import { type FrontSettings, ServerConnection } from './server-connection.ts'
import { hangUp, LoginLimit } from './turned-away.ts'

/** How a Bolt server of this package listens. */
export interface FrontOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Default: `127.0.0.1`. */
  readonly host?: string
  /** The only credentials that are accepted. Default: everybody may come in. */
  readonly auth?:
    | { readonly user: string; readonly password: string }
    | readonly [user: string, password: string]
    | false
  /** Encrypts with this certificate and key, in PEM; further options are those of `node:tls`. */
  readonly tls?: TlsOptions & { readonly cert: string; readonly key: string }
  /** What the server calls itself. Default: `Neo4j/5.26.0`, which is what clients expect to read. */
  readonly agent?: string
  /** Hints to the client in the answer to HELLO, such as `connection.recv_timeout_seconds`. */
  readonly hints?: Readonly<Record<string, unknown>>
  /** The largest message, in bytes, before a client is cut off; until it is logged in, 64 KiB. Default: 64 MiB. */
  readonly maxMessageBytes?: number
  /** Default: 1,000. */
  readonly maxTransactions?: number
  /**
   * Ms that a client may take for each of TLS, and all that comes before it is logged in (handshake, HELLO, LOGON). It is cut
   * then. Default: 30,000; `Infinity`: no limit.
   */
  readonly loginTimeout?: number
}

/** The names of all of them. */
export const frontOptions = [
  'port',
  'host',
  'auth',
  'tls',
  'agent',
  'hints',
  'maxMessageBytes',
  'maxTransactions',
  'loginTimeout',
] as const satisfies readonly (keyof FrontOptions)[]

/** A listening server. */
export interface Front extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** For `GraphDatabase.driver`: `bolt://…`. */
  readonly uri: string
  /** How many clients are connected. */
  readonly connections: number
  /** Turns new clients away, as a closed port does; those connected stay. */
  refuse(): void
  /** Lets new clients in again, on the same port. */
  accept(): Promise<void>
  /** Cuts every client off and stops listening. May be called again. */
  close(): Promise<void>
}

export async function startFront(handler: QueryHandler, options?: FrontOptions | null): Promise<Front> {
  const given = options ?? {}
  const host = given.host ?? '127.0.0.1'
  const loginTimeout = duration('loginTimeout', given.loginTimeout, 30_000)
  const sockets = new Set<Socket>()
  let connected = 0
  let bookmarks = 0
  const settings: FrontSettings = {
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
  const welcome = (socket: Socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    greet(socket, `bolt-${++connected}`, settings)
  }
  const handshakeTimeout = Math.min(loginTimeout, longestTimer)
  const server: Server = given.tls
    ? createTlsServer({ handshakeTimeout, ...given.tls }, welcome)
    : createServer(welcome)
  // With TLS too this is the connection below it, which is there before the client has said anything.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // A client that turns away from the certificate is no affair of the others.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.listen(given.port ?? 0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let closing: Promise<void> | null = null
  const close = () => {
    closing ??= (async () => {
      const gone = [...sockets].map((socket) => once(socket, 'close'))
      if (server.listening) server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(gone)
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

/** Shakes hands, then hands the socket's bytes to a connection. */
function greet(socket: Socket, id: string, settings: FrontSettings): void {
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

function credentials(auth: FrontOptions['auth']): FrontSettings['auth'] {
  if (!auth) return null
  if ('user' in auth) return auth
  const [user, password] = auth
  return { user, password }
}
