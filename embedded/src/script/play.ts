/**
 * A server that plays one script for each connection, in the order of connecting: the messages that the client has to send and
 * the server's answers. The server closes the connection of a client that deviates from its script, and
 * `done()` rejects with the expected message.
 */

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type BoltVersion, findVersion } from '@boltline/core/codec'
import { type ClientMessage, type MessageName, Wire } from '../bolt-server/wire.ts'
import type { PlayOptions } from './play-options.ts'
import { ScriptConnection, wireOptions } from './script-connection.ts'
import type { Step } from './steps.ts'

/** A running play; see {@link startPlay}. */
export interface Play extends AsyncDisposable {
  readonly uri: string
  readonly port: number
  /** All messages received after the login, by connection; those of the login too where `login` is `scripted`. */
  readonly received: readonly (readonly ClientMessage[])[]
  /** The number of packets that the client has sent after the login, by connection. */
  readonly packets: readonly number[]
  /** Resolves when all scripts have ended; rejects when a client deviates from its script. */
  done(): Promise<void>
}

/** Encodes and frames a message of a Bolt version, for `S.bytes` to send in pieces or damaged. */
export function messageBytes(version: string, name: MessageName, ...fields: readonly unknown[]): Buffer {
  return Buffer.from(new Wire(versionOf(version), wireOptions, () => undefined).message(name, ...fields))
}

/**
 * Starts a server on a free port that plays one script for each connection, in the order of connecting.
 *
 * @example
 * ```ts
 * await using play = await startPlay([[C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1), S.success()]])
 * await using driver = GraphDatabase.driver(play.uri)
 * await driver.session().run('RETURN 1 AS x')
 * await play.done()
 * ```
 */
export async function startPlay(scripts: readonly (readonly Step[])[], options?: PlayOptions | null): Promise<Play> {
  const given = options ?? {}
  const version = versionOf(given.version ?? '5.8')
  const received: ClientMessage[][] = []
  const packets: number[] = []
  const sockets = new Set<Socket>()
  const endings = scripts.map(() => deferred())
  for (const { promise } of endings) promise.catch(() => undefined)
  let next = 0
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const index = next++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const script = scripts[index]
    if (script === undefined) return socket.destroy()
    const messages: ClientMessage[] = []
    received[index] = messages
    packets[index] = 0
    const connection = new ScriptConnection(socket, version, script, given, {
      onMessage: (message) => messages.push(message),
      onPacket: () => {
        packets[index] = (packets[index] ?? 0) + 1
      },
    })
    connection.play().then(endings[index]?.resolve, (error: unknown) => {
      // The client may be waiting for an answer that will not come.
      socket.destroy()
      endings[index]?.reject(error)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    uri: `bolt://127.0.0.1:${port}`,
    port,
    received,
    packets,
    done: async () => {
      await Promise.all(endings.map(({ promise }) => promise))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function versionOf(name: string): BoltVersion {
  const [major, minor] = name.split('.').map(Number) as [number, number]
  const version = findVersion(major, minor)
  if (version === undefined) throw new RangeError(`Bolt ${name} is not a version that a play supports`)
  return version
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

function deferred(): Deferred {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}
