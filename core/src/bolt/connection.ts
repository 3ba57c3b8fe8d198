/**
 * One Bolt connection after its handshake: sends requests, matches the answers to them in order, and tracks whether the
 * connection is in a state in which the pool can lease it again.
 *
 * Independent of pools, sessions and retries. `send` packs and frames a request at once, and leaves nothing in the buffer if
 * packing fails; `flush` writes all sent requests in one piece. Records go from the received bytes to their handler without a
 * message object in between.
 *
 * Decoding, authentication and the server's state are files of their own. What is left is longer than other files because it shares the
 * packed bytes, the queue of requests and the end of the connection.
 */

import { closeFrame, frameHead } from '../chunking/chunk.ts'
import { Dechunker } from '../chunking/dechunk.ts'
import type { Log } from '../diagnostics/log.ts'
import type { ServerPeer } from '../diagnostics/messages.ts'
import {
  type CallSite,
  CertificateConfigurationError,
  type DriverError,
  isDriverError,
  ParameterError,
  ServiceUnavailable,
  SessionExpired,
} from '../errors/index.ts'
import { Dehydrator } from '../hydration/dehydrate.ts'
import { Hydrator } from '../hydration/hydrate.ts'
import { limits } from '../packstream/limits.ts'
import { Packer } from '../packstream/pack.ts'
import { Unpacker } from '../packstream/unpack.ts'
import { clock } from '../time/clock.ts'
import type { Deadline } from '../time/deadline.ts'
import { BusyPoll } from '../transport/busy-poll.ts'
import type { Transport } from '../transport/transport.ts'
import type { Address } from '../values/address.ts'
import { Authentication } from './authentication.ts'
import { PendingRequests } from './pending-requests.ts'
import { ProcessReference } from './process-reference.ts'
import { fieldName, goodbye, type Request, reset, signatures } from './requests.ts'
import { ResponseDispatcher } from './response-dispatcher.ts'
import { type Metadata, QuietHandler, Reply, type ResponseHandler } from './responses.ts'
import { ServerState } from './server-state.ts'
import { SilenceWatch, type Watched } from './silence.ts'
import { describeRequest } from './traffic.ts'
import { type BoltVersion, versionName } from './versions.ts'

export interface ConnectionOptions {
  readonly address: Address
  readonly version: BoltVersion
  /** Whether a lost connection means `SessionExpired` (routing) or `ServiceUnavailable` (direct). */
  readonly routed: boolean
  /** For how many ms at a time the event loop polls for an answer instead of sleeping. */
  readonly busyPollTime: number
  /** After how many ms of silence the server's host is probed; `Infinity`: never. */
  readonly probeAfter: number
  /** Whether values that server errors quote are removed from logs and traces. Default: false. */
  readonly redact?: boolean
  /**
   * Called with every FAILURE and with the error of a lost connection once the login has succeeded, before the request handlers; updates
   * routing and credentials.
   */
  readonly onFailure?: ((connection: Connection, error: Error) => void) | undefined
  readonly log: Log
}

/** What a server says of itself at the login. */
export interface Greeting {
  readonly agent: string
  readonly connectionId: string
  readonly hints: Readonly<Metadata>
  readonly advertisedAddress: string | null
  /** In ms: the server promises to send a byte within that time while an answer is due. Null: it promises none. */
  readonly receiveTimeout: number | null
}

const noHints: Readonly<Metadata> = {}

/** A checkpoint of the unflushed requests: `rollback` removes the requests sent after it. */
export interface Checkpoint {
  readonly position: number
  readonly requests: number
  readonly transactionOpen: boolean
}

/** The work that a connection is leased for. */
export interface ConnectionUser {
  /** Called once when the connection has ended because of `error`, after every unanswered request was refused. */
  connectionLost(error: Error): void
}

export class Connection implements Watched {
  readonly address: Address
  readonly version: BoltVersion
  readonly createdAt = clock.now()
  readonly authentication = new Authentication(this)
  /** Called once when the connection has ended, for whatever reason. */
  onClose: (() => void) | null = null
  /** The work that the connection is leased for; notified of a lost connection even if no request is unanswered. */
  user: ConnectionUser | null = null
  /** The call site of the API call that the connection is leased for. */
  leasedBy: CallSite | null = null

  readonly #transport: Transport
  readonly #routed: boolean
  readonly #log: Log
  readonly #onFailure: ConnectionOptions['onFailure']
  readonly #packer: Packer
  readonly #unpacker: Unpacker
  readonly #hydrator: Hydrator
  readonly #dehydrator: Dehydrator
  readonly #dechunker: Dechunker
  readonly #unanswered = new PendingRequests()
  readonly #busyPoll: BusyPoll
  readonly #state = new ServerState()
  readonly #dispatcher: ResponseDispatcher
  readonly #process: ProcessReference
  #resetting: Promise<void> | null = null
  #end: Error | null = null
  /** What the server has said of itself at the login; until then failures are those of the login. */
  #greeting: Greeting | null = null
  #received = 0
  #sent = 0
  readonly #silence: SilenceWatch
  #peer: ServerPeer | null = null
  #paused = false

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport
    this.address = options.address
    this.version = options.version
    this.#routed = options.routed
    this.#busyPoll = new BusyPoll(options.busyPollTime)
    this.#silence = new SilenceWatch(this, options.probeAfter)
    this.#log = options.log
    this.#hydrator = new Hydrator(options.version)
    this.#dehydrator = new Dehydrator(options.version)
    this.#packer = new Packer(this.#dehydrator, inUsersWords)
    this.#unpacker = new Unpacker(this.#hydrator, options.version.uuids ? { uuid: Hydrator.uuid } : {})
    this.#dispatcher = new ResponseDispatcher(this, {
      pending: this.#unanswered,
      unpacker: this.#unpacker,
      state: this.#state,
      log: options.log,
      redact: options.redact ?? false,
    })
    this.#dechunker = new Dechunker(this.#dispatcher, limits.messageBytes)
    this.#onFailure = options.onFailure
    this.#process = new ProcessReference(transport, () => this.#unanswered.size > 0 && !this.#paused)
    transport.onData = (bytes, length) => this.#receive(bytes, length)
    transport.onClose = (error) => this.#lost(error)
  }

  /** False once the connection has ended or must not be used again. */
  get open(): boolean {
    return this.#end === null && !this.#state.spent
  }

  /** Why the connection has ended; null while it is open. */
  get endedBy(): Error | null {
    return this.#end
  }

  /** Whether the connection can be leased again without RESET: no unanswered request, failure, open transaction or open result. */
  get clean(): boolean {
    return this.#unanswered.size === 0 && this.#state.clean && !this.#packer.pending
  }

  /** The server's name and version, as it announced them at the login. */
  get agent(): string {
    return this.#greeting?.agent ?? ''
  }

  get connectionId(): string {
    return this.#greeting?.connectionId ?? ''
  }

  get hints(): Readonly<Metadata> {
    return this.#greeting?.hints ?? noHints
  }

  /** The address that the server advertises for itself (Bolt 5.8). */
  get advertisedAddress(): string | null {
    return this.#greeting?.advertisedAddress ?? null
  }

  /** The number of bytes received so far. */
  get received(): number {
    return this.#received
  }

  /** The number of bytes written so far. */
  get sent(): number {
    return this.#sent
  }

  /** The server, for diagnostics subscribers; its agent and connection id are known after the login. */
  get peer(): ServerPeer {
    this.#peer ??= Object.freeze({
      address: this.address.toString(),
      remoteAddress: this.#transport.remoteAddress,
      agent: this.agent,
      boltVersion: versionName(this.version),
      connectionId: this.connectionId,
    })
    return this.#peer
  }

  get secure(): boolean {
    return this.#transport.secure
  }

  /** Turns on UTC date-times, because the server accepted `patch_bolt` or its version uses them. */
  agreeOnUtc(): void {
    this.#hydrator.utc = true
    this.#dehydrator.utc = true
  }

  /** The login has succeeded. From now on a failure is reported to `onFailure`. */
  greeted(greeting: Greeting): void {
    this.#greeting = greeting
    if (greeting.receiveTimeout !== null) this.#silence.serverLimit = greeting.receiveTimeout
  }

  /** The caller's limit in ms: the connection is destroyed if an answer is due and no byte arrives for so long. */
  set responseTimeout(ms: number) {
    this.#silence.responseTimeout = ms
  }

  get answerDue(): boolean {
    return this.#unanswered.size > 0
  }

  get readingPaused(): boolean {
    return this.#paused
  }

  reachable(): Promise<boolean> {
    return this.#transport.reachable?.() ?? Promise.resolve(true)
  }

  silent(why: string): void {
    this.destroy(this.#lostError(new Error(why)))
  }

  /** Sets the limits for received messages; the error for a larger message ends with `advice`. */
  limitMessages(
    bytes: number,
    values: number,
    advice: (setting: 'maxMessageSize' | 'maxMessageValues') => string,
  ): void {
    this.#dechunker.maxBytes = bytes
    this.#dechunker.advice = advice('maxMessageSize')
    this.#unpacker.maxValues = values
    this.#unpacker.advice = advice('maxMessageValues')
  }

  checkpoint(): Checkpoint {
    return {
      position: this.#packer.position,
      requests: this.#unanswered.size,
      transactionOpen: this.#state.transactionOpen,
    }
  }

  /** Removes the requests sent since `checkpoint`, none of which may have been flushed. */
  rollback(checkpoint: Checkpoint): void {
    this.#packer.rollback(checkpoint.position)
    this.#unanswered.rollback(checkpoint.requests)
    this.#state.transactionOpen = checkpoint.transactionOpen
  }

  /**
   * Packs a request; `flush` writes it.
   * @throws ParameterError if a value can't be packed; the request is then removed from the buffer.
   */
  send(request: Request, handler: ResponseHandler): void {
    if (this.#end !== null) throw this.#end
    this.authentication.requestSent()
    const packer = this.#packer
    const start = packer.position
    try {
      packer.reserve(frameHead)
      packer.structureHeader(request.fields.length, request.signature)
      const fields = request.fields
      for (let i = 0; i < fields.length; i++) packer.pack(fields[i], fieldName(request, i))
      closeFrame(packer, start)
    } catch (error) {
      packer.rollback(start)
      throw isDriverError(error)
        ? error
        : new ParameterError(`parameters can't be packed: ${String(error)}`, { path: 'parameters', cause: error })
    }
    // The answer arrives after the unread records of a paused connection.
    this.resumeReading()
    if (this.#unanswered.size === 0) this.#silence.requestSent()
    this.#unanswered.push(handler, request.signature)
    if (request.signature === signatures.begin) this.#state.transactionOpen = true
    if (this.#log.enabled('debug')) this.#log.debug(`${this.name} C: ${describeRequest(request)}`, true)
  }

  /** Writes the requests sent since the last flush, in one piece. */
  flush(): void {
    if (this.#end !== null || !this.#packer.pending) return
    const bytes = this.#packer.take()
    this.#sent += bytes.length
    this.#process.hold()
    this.#busyPoll.begin()
    this.#transport.write(bytes)
  }

  /** Sends a request, flushes, and returns the metadata of its SUCCESS. */
  async request(request: Request): Promise<Metadata> {
    const reply = new Reply()
    this.send(request, reply)
    this.flush()
    return reply.metadata()
  }

  /**
   * Sends RESET, which interrupts the server and overtakes queued requests, and so makes the connection clean. Destroys a
   * connection that can't be reset.
   */
  reset(deadline?: Deadline): Promise<void> {
    this.#resetting ??= this.#reset(deadline).finally(() => {
      this.#resetting = null
    })
    return this.#resetting
  }

  async #reset(deadline: Deadline | undefined): Promise<void> {
    const reply = new Reply()
    const timer =
      deadline === undefined
        ? undefined
        : clock.setTimeout(
            () => this.destroy(new ServiceUnavailable(`${this.address} did not answer RESET in time`)),
            deadline.remaining(),
          )
    try {
      // RESET would overtake a queued LOGON, without which the connection is useless.
      if (this.authentication.pending) await this.loggedIn()
      this.send(reset, reply)
      this.flush()
      await reply.metadata()
    } catch (error) {
      this.destroy(error as Error)
      throw error
    } finally {
      clock.clearTimeout(timer)
    }
  }

  /** Waits for the answer to LOGON if one is due. */
  async loggedIn(): Promise<void> {
    this.flush()
    await this.authentication.settled()
  }

  /** Sends GOODBYE and closes the connection once everything is written. */
  async close(): Promise<void> {
    if (this.#end !== null) return
    try {
      this.send(goodbye, new QuietHandler())
      this.flush()
    } finally {
      this.#finish(new ServiceUnavailable(`The connection to ${this.address} was closed by this driver`))
      this.#transport.end()
    }
  }

  /** Closes the connection at once. */
  destroy(error?: Error): void {
    if (this.#end !== null) return
    if (error !== undefined) this.failed(error)
    this.#finish(error ?? this.#lostError(null))
    this.#transport.destroy()
  }

  /** Stops reading from the network, for callers that are slower than the server. */
  pauseReading(): void {
    // A caller may be waiting for the answer to a later request.
    if (this.#paused || this.#unanswered.size > 1) return
    this.#paused = true
    this.#transport.pause()
    this.#process.release()
  }

  resumeReading(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#silence.activity()
    this.#transport.resume()
    if (this.#unanswered.size > 0) this.#process.hold()
  }

  /** The name of the connection in logs. */
  get name(): string {
    return `[${this.connectionId || this.address}]`
  }

  /** Called with every FAILURE: see {@link ConnectionOptions.onFailure}. */
  failed(error: Error): void {
    if (this.#greeting !== null) this.#report(error)
  }

  #receive(bytes: Buffer, length: number): void {
    this.#received += length
    this.#silence.activity()
    this.#busyPoll.end()
    try {
      if (this.#unanswered.size === 1 && this.#dechunker.endsIn(hasMore, bytes, length)) {
        this.#unanswered.handler?.moreToAskFor?.()
      }
      this.#dechunker.feed(bytes, length)
      if (this.#unanswered.size === 0) this.#process.release()
      else if (!this.#paused) this.#busyPoll.begin()
    } catch (error) {
      const reason = this.#dispatcher.protocolError(error, this.#unanswered.signature)
      if (this.#log.enabled('error')) this.#log.error(`${this.name} ${reason.message}`)
      this.destroy(reason)
    }
  }

  #lost(error: Error | null): void {
    if (this.#end !== null) return
    const lost = this.#lostError(error)
    // A server may close the connection after a FAILURE: this says nothing about the health of the server.
    if (this.#state.failure === null) this.failed(lost)
    this.#finish(lost)
  }

  #lostError(cause: Error | null): DriverError {
    const refused = cause instanceof CertificateConfigurationError
    const kind = refused ? CertificateConfigurationError : this.#routed ? SessionExpired : ServiceUnavailable
    const why = cause === null ? 'the server closed it' : cause.message
    return new kind(
      `The connection to ${this.address} was lost: ${why}. Work without an answer may or may not have been done`,
      cause === null ? {} : { cause },
    )
  }

  #finish(error: Error): void {
    this.#end = error
    this.#dechunker.stop()
    this.#silence.stop()
    this.#busyPoll.end()
    this.#process.release()
    const waiting = this.#unanswered.drain()
    if (this.#log.enabled('debug')) this.#log.debug(`${this.name} C: <closed> ${error.message}`)
    // A server that closes the connection after a FAILURE sends no IGNORED for the requests behind it: treat them as ignored.
    let { failure } = this.#state
    for (const { handler, signature } of waiting) {
      if (signature === signatures.reset) failure = null
      if (failure === null) this.#dispatcher.refuse(handler, 'lost', error)
      else this.#dispatcher.refuse(handler, 'ignored', failure)
    }
    this.user?.connectionLost(error)
    this.onClose?.()
  }

  /** Calls `onFailure`. An error thrown there is logged, so that the requests are refused nevertheless. */
  #report(error: Error): void {
    try {
      this.#onFailure?.(this, error)
    } catch (thrown) {
      this.#log.error(`${this.name} The failure handler threw for "${error.message}": ${String(thrown)}`)
    }
  }
}

/** The bytes of SUCCESS {has_more: true}. */
const hasMore = Buffer.from([0xb1, signatures.success, 0xa1, 0x88, ...Buffer.from('has_more'), 0xc3])

/** Replaces the protocol's name for transaction metadata by the name in the API. */
function inUsersWords(path: string): string {
  return path.replace(/^extra\.tx_metadata/, 'metadata')
}
