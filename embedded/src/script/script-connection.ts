/** One connection of a play: expects the client's messages and sends the server's, in the order of the script. */

import type { Socket } from 'node:net'
import { type BoltVersion, versionName } from '@boltline/core/codec'
import { type ClientMessage, Wire } from '../bolt-server/wire.ts'
import { Inbox } from './inbox.ts'
import type { PlayOptions } from './play-options.ts'
import type { Step } from './steps.ts'

const magic = '6060b017'
export const wireOptions = { limit: 256 * 1024 * 1024 }

/** What a play records about a connection. */
export interface ScriptObserver {
  /** Called with each message that the script has expected. */
  onMessage(message: ClientMessage): void
  /** Called for each packet after the login. */
  onPacket(): void
}

export class ScriptConnection {
  readonly #socket: Socket
  readonly #version: BoltVersion
  readonly #wire: Wire
  readonly #script: readonly Step[]
  readonly #options: PlayOptions
  readonly #observer: ScriptObserver
  readonly #inbox = new Inbox<ClientMessage>()
  #loggedIn = false

  constructor(
    socket: Socket,
    version: BoltVersion,
    script: readonly Step[],
    options: PlayOptions,
    observer: ScriptObserver,
  ) {
    this.#socket = socket
    this.#version = version
    this.#wire = new Wire(version, wireOptions, (message) => this.#inbox.push(message))
    this.#script = script
    this.#options = options
    this.#observer = observer
  }

  async play(): Promise<void> {
    const socket = this.#socket
    socket.on('error', () => this.#inbox.end())
    socket.on('close', () => this.#inbox.end())
    await this.#handshake()
    if (this.#options.login !== 'scripted') await this.#logIn()
    this.#loggedIn = true
    for (const [line, step] of this.#script.entries()) await this.#perform(step, line)
  }

  async #handshake(): Promise<void> {
    const socket = this.#socket
    const opening = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    if (opening.subarray(0, 4).toString('hex') !== magic)
      throw new Error('the client does not open with the Bolt magic')
    const { bytes, pieces, reply } = this.#options.handshake ?? {}
    let expected = Buffer.from(reply ?? [])
    socket.on('data', (bytes: Buffer) => {
      if (this.#loggedIn) this.#observer.onPacket()
      const length = Math.min(expected.length, bytes.length)
      const right = bytes.subarray(0, length).equals(expected.subarray(0, length))
      if (!right) socket.destroy(new Error('the client chose another version than the script expects'))
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
    const message = await this.#inbox.next()
    if (message === null) throw new Error(`${where}: expected ${name} from the client, but the connection has closed`)
    if (this.#loggedIn || this.#options.login === 'scripted') this.#observer.onMessage(message)
    if (message.name !== name) {
      this.#socket.destroy()
      throw new Error(
        `${where} (Bolt ${versionName(this.#version)}): expected ${name} from the client, but it sent ${message.name} ${JSON.stringify(message.fields)}`,
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
}
