/**
 * One Bolt connection after its handshake: sends requests, matches the answers to them in order, and tracks whether the
 * connection is in a state in which the pool can lease it again.
 *
 * Independent of pools, sessions and retries. `send` packs and frames a request at once, and leaves nothing in the buffer if
 * packing fails; `flush` writes all sent requests in one piece. Records go from the received bytes to their handler without a
 * message object in between.
 */

import { closeFrame, frameHead } from '../chunking/chunk.ts'
import { Dechunker, type MessageSink } from '../chunking/dechunk.ts'
import type { Log } from '../diagnostics/log.ts'
import type { ServerPeer } from '../diagnostics/messages.ts'
import {
  BoltProtocolError,
  type CallSite,
  CertificateConfigurationError,
  ConfigurationError,
  type DriverError,
  isDriverError,
  ParameterError,
  redactWhereShown,
  ServiceUnavailable,
  SessionExpired,
  serverError,
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
import { type Auth, sameAuth } from '../values/auth.ts'
import { wrongMetadata } from './metadata.ts'
import { PendingRequests } from './pending-requests.ts'
import { goodbye, logoff, logon, type Request, reset, signatures } from './requests.ts'
import { type Metadata, OutOfPlace, QuietHandler, type Refusal, Reply, type ResponseHandler } from './responses.ts'
import { SilenceWatch, type Watched } from './silence.ts'
import { describeRequest, messageName } from './traffic.ts'
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
  readonly log: Log
}

/** A checkpoint of the unflushed requests: `rollback` removes the requests sent after it. */
export interface Mark {
  readonly position: number
  readonly requests: number
  readonly transactionOpen: boolean
}

/** The work that a connection is leased for. */
export interface ConnectionUser {
  /** Called once when the connection has ended because of `error`, after every unanswered request was refused. */
  connectionLost(error: Error): void
}

export class Connection implements MessageSink, Watched {
  readonly address: Address
  readonly version: BoltVersion
  readonly createdAt = clock.now()
  /** Called once when the connection has ended, for whatever reason. */
  onClose: (() => void) | null = null
  /** The work that the connection is leased for; notified of a lost connection even if no request is unanswered. */
  user: ConnectionUser | null = null
  /** The call site of the API call that the connection is leased for. */
  leasedBy: CallSite | null = null
  /** Called with every FAILURE and with the error of a lost connection, before the request handlers; updates routing and auth. */
  onFailure: ((connection: Connection, error: Error) => void) | null = null
  /** The server's name and version from its answer to HELLO. */
  agent = ''
  connectionId = ''
  /** The credentials that the server last accepted, or is being asked to accept. */
  auth: Auth | null = null
  /** Whether these are the driver's credentials, not those of a session. */
  ownAuth = true
  /** Set when the credentials must be presented again before the next use. */
  authExpired = false
  /** True from the login until the first request: the credentials were verified just now. */
  fresh = false
  hints: Readonly<Metadata> = {}
  /** The address that the server advertises for itself (Bolt 5.8). */
  advertisedAddress: string | null = null
  /** The number of bytes received (`sent`: written) so far. */
  received = 0
  sent = 0

  readonly #transport: Transport
  readonly #routed: boolean
  readonly #log: Log
  readonly #packer: Packer
  readonly #unpacker: Unpacker
  readonly #hydrator: Hydrator
  readonly #dehydrator: Dehydrator
  readonly #dechunker: Dechunker
  readonly #unanswered = new PendingRequests()
  readonly #busyPoll: BusyPoll
  /** The last FAILURE since the last RESET. */
  #failure: Error | null = null
  #transactionOpen = false
  #streamsOpen = 0
  #resetting: Promise<void> | null = null
  /** The unanswered LOGON of a change of credentials. */
  #login: Reply | null = null
  /** Why the connection can't be used again, though it may still be open. */
  #end: Error | null = null
  #spent = false
  readonly #silence: SilenceWatch
  #peer: ServerPeer | null = null
  #paused = false
  /** Whether the transport keeps the process alive: while an answer is due and reading is not paused. A new transport does. */
  #holding = true
  #releaseQueued = false

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
    this.#dechunker = new Dechunker(this, limits.messageBytes)
    transport.onData = (bytes, length) => this.#receive(bytes, length)
    transport.onClose = (error) => this.#lost(error)
  }

  /** False once the connection has ended or must not be used again. */
  get open(): boolean {
    return this.#end === null && !this.#spent
  }

  /** Why the connection has ended; null while it is open. */
  get endedBy(): Error | null {
    return this.#end
  }

  /** Whether the connection can be leased again without RESET: no unanswered request, failure, open transaction or open result. */
  get clean(): boolean {
    return (
      this.#unanswered.size === 0 &&
      this.#failure === null &&
      !this.#transactionOpen &&
      this.#streamsOpen === 0 &&
      !this.#packer.pending
    )
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

  /** Whether values that server errors quote are removed from logs and traces. */
  redact = false

  /** The server's own limit in ms: it promises to send a byte within that time while an answer is due. */
  set receiveTimeout(ms: number) {
    this.#silence.serverLimit = ms
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

  checkpoint(): Mark {
    return { position: this.#packer.position, requests: this.#unanswered.size, transactionOpen: this.#transactionOpen }
  }

  /** Removes the requests sent since `mark`, none of which may have been flushed. */
  rollback(mark: Mark): void {
    this.#packer.rollback(mark.position)
    this.#unanswered.rollback(mark.requests)
    this.#transactionOpen = mark.transactionOpen
  }

  /**
   * Packs a request; `flush` writes it.
   * @throws ParameterError if a value can't be packed; the request is then removed from the buffer.
   */
  send(request: Request, handler: ResponseHandler): void {
    if (this.#end !== null) throw this.#end
    this.fresh = false
    const packer = this.#packer
    const start = packer.position
    try {
      packer.reserve(frameHead)
      packer.structureHeader(request.fields.length, request.signature)
      const fields = request.fields
      for (let i = 0; i < fields.length; i++) packer.pack(fields[i], rootOf(request.signature, i))
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
    if (request.signature === signatures.begin) this.#transactionOpen = true
    if (this.#log.enabled('debug')) this.#log.debug(`${this.#name} C: ${describeRequest(request)}`, true)
  }

  /** Writes the requests sent since the last flush, in one piece. */
  flush(): void {
    if (this.#end !== null || !this.#packer.pending) return
    const bytes = this.#packer.take()
    this.sent += bytes.length
    this.#holdProcess()
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
      if (this.#login !== null) await this.loggedIn()
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

  /** Sends other credentials before the next request (LOGOFF, LOGON: Bolt 5.1), in the same flush. */
  reauthenticate(auth: Auth): void {
    this.send(logoff, new QuietHandler())
    const login = new Reply()
    this.send(logon(auth), login)
    this.#login = login
    login.outcome.then(() => {
      if (this.#login === login) this.#login = null
    })
    this.auth = auth
    this.authExpired = false
  }

  /**
   * Makes the next requests run as `auth`, the driver's or a session's own credentials. Returns false if that is impossible:
   * below Bolt 5.1 a connection keeps the credentials of its login.
   */
  logInAs(auth: Auth, own: boolean): boolean {
    const same = this.auth === auth || (this.auth !== null && sameAuth(this.auth, auth))
    if (!same || this.authExpired) {
      if (!this.version.logon) return false
      this.reauthenticate(auth)
    }
    this.ownAuth = own
    return true
  }

  /** @throws ConfigurationError below Bolt 5.1, where a connection keeps the credentials of its login */
  assertLogons(): void {
    if (this.version.logon) return
    throw new ConfigurationError(
      `auth of a session, and verifyAuthentication, need Bolt 5.1 (Neo4j 5.5) or newer; the server speaks Bolt ${versionName(this.version)}. Use a driver of its own for these credentials, or a newer server`,
    )
  }

  /**
   * Logs in again with the same credentials, unless the connection is new: the login of a pooled connection may be outdated.
   * @throws ConfigurationError below Bolt 5.1, which has no second login
   */
  logInAgain(): void {
    this.assertLogons()
    if (!this.fresh && this.#login === null && this.auth !== null) this.reauthenticate(this.auth)
  }

  /** Waits for the answer to LOGON if one is due. */
  async loggedIn(): Promise<void> {
    this.flush()
    await this.#login?.metadata()
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
    if (error !== undefined) this.#report(error)
    this.#finish(error ?? this.#lostError(null))
    this.#transport.destroy()
  }

  /** Stops reading from the network, for callers that are slower than the server. */
  pauseReading(): void {
    // A caller may be waiting for the answer to a later request.
    if (this.#paused || this.#unanswered.size > 1) return
    this.#paused = true
    this.#transport.pause()
    this.#releaseProcess()
  }

  resumeReading(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#silence.activity()
    this.#transport.resume()
    if (this.#unanswered.size > 0) this.#holdProcess()
  }

  /** Keeps the process alive until the due answer has arrived. */
  #holdProcess(): void {
    if (this.#holding) return
    this.#holding = true
    this.#transport.ref()
  }

  /** Lets the process exit: a dropped transaction or result must not keep it alive. */
  #releaseProcess(): void {
    if (!this.#holding || this.#releaseQueued) return
    this.#releaseQueued = true
    releaseSoon(this)
  }

  /** Called by `releaseSoon`: does nothing if the next request was sent meanwhile. */
  releaseIfIdle(): void {
    this.#releaseQueued = false
    if (!this.#holding || (this.#unanswered.size > 0 && !this.#paused)) return
    this.#holding = false
    this.#transport.unref()
  }

  /** A message from the dechunker. */
  message(buffer: Buffer, start: number, end: number): void {
    const unpacker = this.#unpacker
    const { handler } = this.#unanswered
    if (buffer[start] === 0xb1 && buffer[start + 1] === signatures.record && handler !== undefined) {
      if (unpacker.integers !== handler.integers) unpacker.integers = handler.integers
      handler.record(unpacker.record(buffer, start, end))
      return
    }
    unpacker.open(buffer, start, end)
    const header = unpacker.byte()
    const signature = unpacker.byte()
    if (handler === undefined) {
      throw unpacker.broken(`message 0x${signature.toString(16)} arrived though no request is unanswered`)
    }
    this.#summary(handler, header, signature)
  }

  #summary(handler: ResponseHandler, header: number, signature: number): void {
    const unpacker = this.#unpacker
    const known =
      signature === signatures.success || signature === signatures.failure || signature === signatures.ignored
    if (!known || (header !== 0xb0 && header !== 0xb1)) {
      throw unpacker.broken(`message 0x${signature.toString(16)} with header 0x${header.toString(16)} is unknown`)
    }
    const metadata = unpacker.metadata()
    const requested = this.#unanswered.shift()
    try {
      // The slow caller has its whole answer; the next message belongs to another request.
      this.resumeReading()
      this.#conclude(handler, requested, signature, metadata)
    } catch (error) {
      // The request is no longer in the queue, so `#finish` would not refuse it.
      const reason = this.#protocolError(error, requested)
      this.#refuse(handler, 'failure', reason)
      throw reason
    }
  }

  /** Passes SUCCESS, FAILURE or IGNORED to the handler of the request. */
  #conclude(handler: ResponseHandler, requested: number, signature: number, metadata: Metadata): void {
    const debug = this.#log.enabled('debug')
    const wrong = wrongMetadata(metadata)
    if (wrong !== null) {
      const committed = requested === signatures.commit && signature === signatures.success
      throw new OutOfPlace(
        `a ${messageName(signature)} with malformed metadata: ${wrong}${committed ? '. The transaction is committed' : ''}`,
      )
    }
    if (signature === signatures.success) {
      if (this.#failure !== null && requested !== signatures.reset)
        throw new OutOfPlace('a SUCCESS, though an earlier request has failed and the connection was not reset')
      if (debug) this.#log.debug(`${this.#name} S: SUCCESS ${Object.keys(metadata).join(' ')}`)
      this.#track(requested, metadata)
      handler.success(metadata)
    } else if (signature === signatures.failure) {
      const error = serverError(metadata)
      if (this.redact) redactWhereShown(error)
      if (debug) this.#log.debug(`${this.#name} S: FAILURE ${error.code} ${error.gqlStatus}`)
      this.#failure = error
      // The server may close the connection or have lost count of pipelined requests: do not reuse it.
      if (error.code === 'Neo.ClientError.Request.Invalid' || requested === signatures.logon) this.#spent = true
      this.#report(error)
      handler.refused('failure', error)
    } else {
      if (this.#failure === null && !this.#unanswered.includes(signatures.reset))
        throw new OutOfPlace('an IGNORED, though no earlier request has failed')
      if (debug) this.#log.debug(`${this.#name} S: IGNORED`)
      handler.refused('ignored', this.#failure)
    }
  }

  /** Turns whatever was thrown while an answer was handled into an error that names the request. */
  #protocolError(error: unknown, requested: number | undefined): BoltProtocolError {
    if (error instanceof BoltProtocolError) return error
    const found = error instanceof Error ? error.message : String(error)
    const asked = requested === undefined ? 'nothing' : messageName(requested)
    if (error instanceof OutOfPlace)
      return new BoltProtocolError(`${this.address} answered ${asked} with ${found}. The connection is replaced`)
    return new BoltProtocolError(
      `The server sent a message that can't be decoded: ${found} (in answer to ${asked}, at byte ${this.#unpacker.position} of the received bytes). The connection is replaced`,
      { cause: error },
    )
  }

  #track(requested: number, metadata: Metadata): void {
    switch (requested) {
      case signatures.run:
        this.#streamsOpen++
        break
      case signatures.pull:
      case signatures.discard:
        if (metadata['has_more'] !== true) this.#streamsOpen--
        break
      case signatures.commit:
      case signatures.rollback:
        this.#transactionOpen = false
        this.#streamsOpen = 0
        break
      case signatures.reset:
        this.#failure = null
        this.#transactionOpen = false
        this.#streamsOpen = 0
    }
  }

  #receive(bytes: Buffer, length: number): void {
    this.received += length
    this.#silence.activity()
    this.#busyPoll.end()
    try {
      if (this.#unanswered.size === 1 && this.#dechunker.endsIn(hasMore, bytes, length)) {
        this.#unanswered.handler?.moreToAskFor?.()
      }
      this.#dechunker.feed(bytes, length)
      if (this.#unanswered.size === 0) this.#releaseProcess()
      else if (!this.#paused) this.#busyPoll.begin()
    } catch (error) {
      const reason = this.#protocolError(error, this.#unanswered.signature)
      if (this.#log.enabled('error')) this.#log.error(`${this.#name} ${reason.message}`)
      this.destroy(reason)
    }
  }

  #lost(error: Error | null): void {
    if (this.#end !== null) return
    const lost = this.#lostError(error)
    // A server may close the connection after a FAILURE: this says nothing about the health of the server.
    if (this.#failure === null) this.#report(lost)
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
    this.#releaseProcess()
    const waiting = this.#unanswered.drain()
    if (this.#log.enabled('debug')) this.#log.debug(`${this.#name} C: <closed> ${error.message}`)
    // A server that closes the connection after a FAILURE sends no IGNORED for the requests behind it: treat them as ignored.
    let failure = this.#failure
    for (const { handler, signature } of waiting) {
      if (signature === signatures.reset) failure = null
      if (failure === null) this.#refuse(handler, 'lost', error)
      else this.#refuse(handler, 'ignored', failure)
    }
    this.user?.connectionLost(error)
    this.onClose?.()
  }

  /** Calls `onFailure`. An error thrown there is logged, so that the requests are refused nevertheless. */
  #report(error: Error): void {
    try {
      this.onFailure?.(this, error)
    } catch (thrown) {
      this.#log.error(`${this.#name} The failure handler threw for "${error.message}": ${String(thrown)}`)
    }
  }

  /** Refuses one request. An error that its handler throws is logged, so that the other requests are refused and the connection ends. */
  #refuse(handler: ResponseHandler, how: Refusal, error: Error): void {
    try {
      handler.refused(how, error)
    } catch (thrown) {
      this.#log.error(`${this.#name} A request handler threw for "${error.message}": ${String(thrown)}`)
    }
  }

  get #name(): string {
    return `[${this.connectionId || this.address}]`
  }
}

/** The bytes of SUCCESS {has_more: true}. */
const hasMore = Buffer.from([0xb1, signatures.success, 0xa1, 0x88, ...Buffer.from('has_more'), 0xc3])

/** Replaces the protocol's name for transaction metadata by the name in the API. */
function inUsersWords(path: string): string {
  return path.replace(/^extra\.tx_metadata/, 'metadata')
}

/** The name in errors of the value in field `index` of a request. */
function rootOf(signature: number, index: number): string {
  if (signature === signatures.run) return index === 0 ? 'query' : index === 1 ? 'parameters' : 'extra'
  return 'extra'
}

const releasing: Connection[] = []

/**
 * Lets the process exit without these connections, at the end of this turn of the event loop. Most callers send the next request in
 * the turn in which the response arrives; two changes of the socket's reference for each response cost a fifth of the rate.
 */
function releaseSoon(connection: Connection): void {
  if (releasing.push(connection) > 1) return
  setImmediate(() => {
    for (const each of releasing.splice(0)) each.releaseIfIdle()
  }).unref()
}
