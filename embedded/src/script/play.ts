/**
 * A server that plays one script for each connection, in the order of connecting: the messages that the client has to send and
 * the server's answers. The server closes the connection of a client that deviates from its script, and
 * `done()` rejects with the expected message.
 */

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type BoltVersion, findVersion, versionName } from '@boltline/core/codec'
import { type ClientMessage, type MessageName, Wire } from '../bolt-server/wire.ts'
import type { Step } from './steps.ts'

export interface PlayOptions {
  /** The Bolt version that the server negotiates. Default: 5.8. */
  readonly version?: string
  /** With `scripted` the scripts begin with HELLO. Default: the server handles the login, and the scripts begin after it. */
  readonly login?: 'scripted'
  /** Further fields of the answer to HELLO. */
  readonly greeting?: Record<string, unknown>
  /** The answer to the handshake: other `bytes` than the correct ones, sent in pieces of `pieces` bytes. */
  readonly handshake?: {
    readonly bytes?: Uint8Array
    readonly pieces?: number
    /** The bytes that the client has to answer with: its choice from a manifest. */
    readonly reply?: Uint8Array
  }
}

const magic = '6060b017'
const wireOptions = { limit: 256 * 1024 * 1024 }

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
    const log: ClientMessage[] = []
    received[index] = log
    packets[index] = 0
    const actor = new Actor(socket, version, script, given, log, () => {
      packets[index] = (packets[index] ?? 0) + 1
    })
    actor.play().then(endings[index]?.resolve, (error: unknown) => {
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

class Actor {
  readonly #socket: Socket
  readonly #version: BoltVersion
  readonly #wire: Wire
  readonly #script: readonly Step[]
  readonly #options: PlayOptions
  readonly #log: ClientMessage[]
  readonly #onPacket: () => void
  readonly #inbox: ClientMessage[] = []
  #wake: (() => void) | null = null
  #ended = false
  #loggedIn = false

  constructor(
    socket: Socket,
    version: BoltVersion,
    script: readonly Step[],
    options: PlayOptions,
    log: ClientMessage[],
    onPacket: () => void,
  ) {
    this.#socket = socket
    this.#version = version
    this.#wire = new Wire(version, wireOptions, (message) => {
      this.#inbox.push(message)
      this.#wake?.()
    })
    this.#script = script
    this.#options = options
    this.#log = log
    this.#onPacket = onPacket
  }

  async play(): Promise<void> {
    const socket = this.#socket
    socket.on('error', () => this.#end())
    socket.on('close', () => this.#end())
    await this.#shakeHands()
    if (this.#options.login !== 'scripted') await this.#logIn()
    this.#loggedIn = true
    for (const [line, step] of this.#script.entries()) await this.#perform(step, line)
  }

  async #shakeHands(): Promise<void> {
    const socket = this.#socket
    const opening = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    if (opening.subarray(0, 4).toString('hex') !== magic)
      throw new Error('the client does not open with the Bolt magic')
    const { bytes, pieces, reply } = this.#options.handshake ?? {}
    let expected = Buffer.from(reply ?? [])
    socket.on('data', (bytes: Buffer) => {
      if (this.#loggedIn) this.#onPacket()
      const length = Math.min(expected.length, bytes.length)
      const right = bytes.subarray(0, length).equals(expected.subarray(0, length))
      if (!right) socket.destroy(new Error('the client chose otherwise'))
      expected = expected.subarray(length)
      const rest = bytes.subarray(length)
      if (rest.length > 0) this.#wire.receive(rest)
    })
    await this.#write(bytes ?? Uint8Array.of(0, 0, this.#version.minor, this.#version.major), pieces)
  }

  async #logIn(): Promise<void> {
    await this.#expect('hello', 'login')
    await this.#send('success', [{ server: 'Neo4j/5.26.0', connection_id: 'bolt-1', ...this.#options.greeting }])
    if (!this.#version.logon) return
    await this.#expect('logon', 'login')
    await this.#send('success', [{}])
  }

  async #perform(step: Step, line: number): Promise<void> {
    switch (step.kind) {
      case 'client': {
        const { fields } = await this.#expect(step.name, `line ${line + 1}`)
        return step.check?.(fields)
      }
      case 'server':
        return this.#send(step.name, step.fields)
      case 'bytes':
        return this.#write(step.bytes, step.pieces)
      case 'wait':
        await step.until()
        return
      case 'close':
        this.#socket.end()
        return
      case 'cut':
        this.#socket.resetAndDestroy()
    }
  }

  async #expect(name: string, where: string): Promise<ClientMessage> {
    while (this.#inbox.length === 0) {
      if (this.#ended) throw new Error(`${where}: the client should say ${name}, but it has hung up`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const message = this.#inbox.shift() as ClientMessage
    if (this.#loggedIn || this.#options.login === 'scripted') this.#log.push(message)
    if (message.name !== name) {
      this.#socket.destroy()
      throw new Error(
        `${where} (Bolt ${versionName(this.#version)}): the client should say ${name}, but it said ${message.name} ${JSON.stringify(message.fields)}`,
      )
    }
    return message
  }

  #send(name: ClientMessage['name'], fields: readonly unknown[]): Promise<void> {
    return this.#write(this.#wire.message(name, ...fields))
  }

  async #write(bytes: Uint8Array, pieces = Number.POSITIVE_INFINITY): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieces) {
      this.#socket.write(bytes.subarray(at, Math.min(at + pieces, bytes.length)))
      // The delay makes each piece arrive separately.
      if (pieces < bytes.length) await new Promise((resolve) => setTimeout(resolve, 2))
      if (pieces === Number.POSITIVE_INFINITY) break
    }
  }

  #end(): void {
    this.#ended = true
    this.#wake?.()
  }
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
