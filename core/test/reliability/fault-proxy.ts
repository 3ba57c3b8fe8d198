/**
 * Stands between a driver and a server, knows where each message begins and ends, and breaks the connection where a test wants it
 * broken: before, inside or after any step of either side, by FIN or RST, or by passing no byte any more.
 */

import { once } from 'node:events'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { Conversation, type Side, type Step } from './steps.ts'

export const places = ['before', 'inside', 'after'] as const
export type Place = (typeof places)[number]

/** How a connection breaks: an orderly end, a reset, or silence while it stays open. */
export const breaks = ['fin', 'rst', 'stall'] as const
export type Break = (typeof breaks)[number]

export interface Fault {
  readonly place: Place
  readonly how: Break
}

/** A step that passes the proxy. */
export interface PassingStep {
  readonly side: Side
  readonly name: string
  /** How many steps of this side came before it, over all connections of the proxy; keep-alive NOOPs aren't counted. */
  readonly index: number
}

export interface ProxyOptions {
  /** The server behind the proxy. */
  readonly host: string
  readonly port: number
  /** The certificate of the proxy: clients have to speak TLS. The server is spoken to in plain. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
  /** Whether to pass each byte by itself, with a turn of the event loop in between. */
  readonly byteByByte?: boolean
  /** Asked for every step: what is to happen to its connection. Default: nothing. */
  readonly faultAt?: (step: PassingStep) => Fault | null
}

export class FaultProxy implements AsyncDisposable {
  /** Everything that has arrived here, in order. */
  readonly trace: PassingStep[] = []
  /** How many connections were broken. */
  broken = 0
  faultAt: (step: PassingStep) => Fault | null
  readonly #options: ProxyOptions
  readonly #server: Server
  readonly #links = new Set<Link>()
  readonly #secureContext: SecureContext | null
  readonly #counts: Record<Side, number> = { client: 0, server: 0 }

  private constructor(options: ProxyOptions) {
    this.#options = options
    this.faultAt = options.faultAt ?? (() => null)
    const { tls } = options
    this.#secureContext = tls === undefined ? null : createSecureContext({ cert: tls.certificate, key: tls.key })
    // A driver that ends its side may still have answers on the way.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
  }

  static async start(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** How many connections are open that their client hasn't ended. */
  get open(): number {
    return [...this.#links].filter((link) => link.clientOpen).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) link.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    const link = new Link(socket, this.#secureContext, {
      server: connectTcp({ port: this.#options.port, host: this.#options.host, allowHalfOpen: true, noDelay: true }),
      byteByByte: this.#options.byteByByte ?? false,
      arrived: (step) => this.#arrived(step),
      faultFor: (step) => this.#faultFor(step),
      ended: () => this.#links.delete(link),
    })
    this.#links.add(link)
  }

  #arrived({ side, name }: Step): PassingStep | null {
    if (name === 'NOOP') return null
    const step = { side, name, index: this.#counts[side]++ }
    this.trace.push(step)
    return step
  }

  #faultFor(step: PassingStep): Fault | null {
    const fault = this.faultAt(step)
    if (fault !== null) this.broken += 1
    return fault
  }
}

interface LinkOptions {
  readonly server: Socket
  readonly byteByByte: boolean
  /** Called for every step, also for those that come when the connection is broken; null where it isn't counted. */
  readonly arrived: (step: Step) => PassingStep | null
  readonly faultFor: (step: PassingStep) => Fault | null
  readonly ended: () => void
}

/** One connection of a client, and the one to the server behind it. */
class Link {
  readonly #raw: Record<Side, Socket>
  readonly #sockets: Record<Side, Socket>
  readonly #options: LinkOptions
  readonly #conversation = new Conversation()
  readonly #queues: Record<Side, { readonly step: Step; readonly counted: PassingStep | null }[]> = {
    client: [],
    server: [],
  }
  readonly #passing: Record<Side, boolean> = { client: false, server: false }
  readonly #finished: Record<Side, boolean> = { client: false, server: false }
  /** Nothing is passed any more. */
  #broken = false

  constructor(raw: Socket, secureContext: SecureContext | null, options: LinkOptions) {
    this.#options = options
    const client = secureContext === null ? raw : new TLSSocket(raw, { isServer: true, secureContext })
    this.#raw = { client: raw, server: options.server }
    this.#sockets = { client, server: options.server }
    for (const side of ['client', 'server'] as const) this.#watch(side)
    // The TLS socket doesn't fail with the one below it.
    raw.on('error', () => client.destroy())
    raw.on('close', () => client.destroy())
  }

  get clientOpen(): boolean {
    return !this.#raw.client.destroyed && !this.#finished.client
  }

  destroy(): void {
    this.#broken = true
    for (const side of ['client', 'server'] as const) {
      this.#sockets[side].destroy()
      this.#raw[side].destroy()
    }
  }

  #watch(side: Side): void {
    const socket = this.#sockets[side]
    const other = side === 'client' ? 'server' : 'client'
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      for (const step of this.#conversation.feed(side, bytes)) {
        const counted = this.#options.arrived(step)
        if (!this.#broken) this.#queues[side].push({ step, counted })
      }
      if (!this.#broken) void this.#pass(side)
    })
    socket.on('end', () => {
      this.#finished[side] = true
      if (this.#broken) this.#sockets[side].end()
      else void this.#pass(side)
    })
    socket.on('close', () => {
      // A connection that stalls looks alive to the other side.
      if (!this.#broken || side === 'client') this.#sockets[other].destroy()
      if (this.#raw.client.destroyed && this.#raw.server.destroyed) this.#options.ended()
    })
  }

  /** Hands on what one side has said, step by step. */
  async #pass(side: Side): Promise<void> {
    if (this.#passing[side]) return
    this.#passing[side] = true
    const to = this.#sockets[side === 'client' ? 'server' : 'client']
    for (let next = this.#queues[side].shift(); next !== undefined; next = this.#queues[side].shift()) {
      const { step, counted } = next
      const fault = counted && this.#options.faultFor(counted)
      if (fault?.place !== 'before') {
        const whole = fault?.place !== 'inside'
        await this.#write(to, whole ? step.bytes : step.bytes.subarray(0, step.bytes.length >> 1))
      }
      if (this.#broken) break
      if (fault !== null) {
        this.#break(fault.how)
        break
      }
    }
    this.#passing[side] = false
    if (this.#finished[side] && !this.#broken) to.end()
  }

  async #write(to: Socket, bytes: Buffer): Promise<void> {
    if (!this.#options.byteByByte) return written(to, bytes)
    for (const byte of bytes) {
      if (this.#broken || to.destroyed) return
      await written(to, Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #break(how: Break): void {
    this.#broken = true
    if (how === 'stall') return
    const { client, server } = this.#sockets
    if (how === 'fin') {
      client.end()
      server.end()
      return
    }
    reset(this.#raw.client)
    client.destroy()
    reset(this.#raw.server)
  }
}

/** Resolves when the system has the bytes, or the socket is gone. */
function written(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => to.write(bytes, () => resolve()))
}

/** `resetAndDestroy` sends FIN before RST; this sends RST alone, by the flag that `destroy` looks at. */
function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}
