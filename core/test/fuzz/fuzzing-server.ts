/** A server on a socket that answers what a driver asks, and often enough something else. */

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { damaged, framed, pieces, shuffled } from '../../../tools/testing/fuzz/mutations.ts'
import { signatures } from '../../src/bolt/requests.ts'
import { type BoltVersion, boltVersions } from '../../src/bolt/versions.ts'
import { Dechunker } from '../../src/chunking/dechunk.ts'
import { type RequestName, ServerMessages } from './server-messages.ts'

export interface FuzzingServer extends AsyncDisposable {
  readonly port: number
}

const names = new Map<number, RequestName>(
  (['hello', 'logon', 'begin', 'run', 'pull', 'commit', 'rollback', 'route', 'reset'] as const).map((name) => [
    signatures[name],
    name,
  ]),
)

/** Starts it on a free port of the loopback. */
export async function startFuzzingServer(chance: Chance): Promise<FuzzingServer> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, chance)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function serve(socket: Socket, chance: Chance): void {
  const version = chance.pick(boltVersions) as BoltVersion
  const messages = new ServerMessages(chance)
  messages.addresses = [`127.0.0.1:${socket.localPort}`]
  // Most connections get through the login, or little else would ever be seen.
  const hostileFrom = chance.pick([0, 2, 3, 4, 6, 8])
  let asked = 0
  let opening = Buffer.alloc(0)
  const dechunker = new Dechunker(
    {
      message: (buffer, start) => {
        const request = names.get(buffer[start + 1] as number) ?? 'other'
        if (buffer[start + 1] === signatures.goodbye) return void socket.end()
        answer(socket, chance, messages, request, asked++ >= hostileFrom)
      },
    },
    1024 * 1024,
  )
  socket.on('data', (bytes: Buffer) => {
    if (opening.length >= 20) return dechunker.feed(bytes, bytes.length)
    opening = Buffer.concat([opening, bytes])
    if (opening.length < 20) return
    const handshake = Buffer.from([0, 0, version.minor, version.major])
    socket.write(chance.oneIn(50) ? damaged(handshake, chance) : handshake)
    if (opening.length > 20) dechunker.feed(opening.subarray(20), opening.length - 20)
  })
}

function answer(
  socket: Socket,
  chance: Chance,
  messages: ServerMessages,
  request: RequestName,
  hostile: boolean,
): void {
  if (!socket.writable) return
  const usual = messages.answer(request)
  // A server that says nothing costs the driver its patience, so most of those that stay silent hang up.
  if (hostile && chance.oneIn(15)) return chance.oneIn(30) ? undefined : void socket.destroy()
  const lies = hostile && chance.oneIn(3)
  const bytes = lies
    ? damaged(
        framed(
          shuffled(usual, chance, () => messages.other()),
          chance,
        ),
        chance,
      )
    : framed(usual, chance)
  for (const piece of pieces(bytes, chance)) socket.write(piece)
  // What was cut short would be waited for.
  if (lies && !chance.oneIn(30)) socket.end()
}
