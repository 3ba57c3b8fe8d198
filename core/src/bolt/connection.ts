/**
 * One Bolt connection after its handshake: sends requests, matches responses to them in order, knows whether the server
 * is in a state from which the next user can start.
 *
 * It knows nothing of pools, sessions or retries. Requests are packed and framed at once, so one that can't be packed
 * leaves no trace, and are written in one piece by `flush`. Records go from the received bytes to their handler without
 * a message object in between.
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
import { goodbye, logoff, logon, type Request, reset, signatures } from './requests.ts'
import { type Metadata, OutOfPlace, QuietHandler, type Refusal, Reply, type ResponseHandler } from './responses.ts'
import { SilenceWatch, type Watched } from './silence.ts'
import { describeRequest, messageName } from './traffic.ts'
import { Unanswered } from './unanswered.ts'
import { type BoltVersion, versionName } from './versions.ts'

export interface ConnectionOptions {
  readonly address: Address
  readonly version: BoltVersion
  /** Whether a lost connection means `SessionExpired` (routing) or `ServiceUnavailable` (direct). */
  readonly routed: boolean
  /** For how many ms at a time the event loop looks for an answer without falling asleep. */
  readonly busyPollTime: number
  /** In ms: after how long a silence the server's host is probed; `Infinity`: never. */
  readonly probeAfter: number
  readonly log: Log
}

/** A place to roll back to: nothing sent since then goes out. */
export interface Mark {
  readonly position: number
  readonly requests: number
  readonly transactionOpen: boolean
}

/** The work that a connection is lent for. */
export interface ConnectionUser {
  /** The connection has ended because of `error`. Called once, after every unanswered request was refused. */
  connectionLost(error: Error): void
}

export class Connection implements MessageSink, Watched {
  readonly address: Address
  readonly version: BoltVersion
  readonly createdAt = clock.now()
  /** Called once when the connection has ended, for whatever reason. */
  onClose: (() => void) | null = null
  /** The work that the connection is lent for, so that it notices the loss also while no request is unanswered. */
  user: ConnectionUser | null = null
  /** The call of the driver's user that it is lent for. */
  lentTo: CallSite | null = null
  /** Told every FAILURE, and why the connection was lost, before the requests: what that says about the server. */
  onFailure: ((connection: Connection, error: Error) => void) | null = null
  /** What the server said of itself in HELLO and LOGON. */
  agent = ''
  connectionId = ''
  /** The credentials that the server last accepted, or is being asked to accept. */
  auth: Auth | null = null
  /** Whether these are the driver's credentials, not those of a session. */
  ownAuth = true
  /** Set when the credentials must be presented again before the next use. */
  authExpired = false
  /** True from the login until the first request: nobody has used it yet, so all that was agreed upon is fresh. */
  unused = false
  hints: Readonly<Metadata> = {}
  /** The address under which the server wants to be known (Bolt 5.8). */
  advertisedAddress: string | null = null
  /** How many bytes have come and gone. */
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
  readonly #unanswered = new Unanswered()
  readonly #busyPoll: BusyPoll
  /** The last FAILURE since the last RESET. */
  #failure: Error | null = null
  #transactionOpen = false
  #streamsOpen = 0
  #resetting: Promise<void> | null = null
  /** A LOGON behind the first that has no answer yet. */
  #login: Reply | null = null
  /** Why the connection can't be used again, though it may still be open. */
  #end: Error | null = null
  #spent = false
  readonly #silence: SilenceWatch
  #peer: ServerPeer | null = null
  #paused = false
  /** Whether the link keeps the process alive: while an answer is due and read. A new link does. */
  #holding = true

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

  /** Why the connection has ended; null while it lasts. */
  get endedBy(): Error | null {
    return this.#end
  }

  /** True when the next user can start right away: no answer outstanding, no failure, transaction or stream open. */
  get clean(): boolean {
    return (
      this.#unanswered.size === 0 &&
      this.#failure === null &&
      !this.#transactionOpen &&
      this.#streamsOpen === 0 &&
      !this.#packer.pending
    )
  }

  /** The other end, for those who watch; what it says of itself is known after the login. */
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

  /** UTC date-times were agreed upon (`patch_bolt`), or come with the version. */
  agreeOnUtc(): void {
    this.#hydrator.utc = true
    this.#dehydrator.utc = true
  }

  /** Whether errors of the server are shown in logs and traces without the values that they quote. */
  redact = false

  /** The server's own limit in ms: it promises to send a byte within that time while an answer is due. */
  set receiveTimeout(ms: number) {
    this.#silence.serverLimit = ms
  }

  /** The caller's limit in ms: with no byte for so long while an answer is due the connection is destroyed. */
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

  /** The largest message that is taken from now on; `advice` ends the error for one that is larger. */
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

  mark(): Mark {
    return { position: this.#packer.position, requests: this.#unanswered.size, transactionOpen: this.#transactionOpen }
  }

  /** Takes back the requests sent since `mark`, none of which was flushed. */
  rollback(mark: Mark): void {
    this.#packer.rollback(mark.position)
    this.#unanswered.rollback(mark.requests)
    this.#transactionOpen = mark.transactionOpen
  }

  /**
   * Packs a request; `flush` writes it.
   * @throws ParameterError where a value can't be packed; nothing of the request remains.
   */
  send(request: Request, handler: ResponseHandler): void {
    if (this.#end !== null) throw this.#end
    this.unused = false
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
    // Its answer comes behind what nobody wanted to read yet.
    this.resumeReading()
    if (this.#unanswered.size === 0) this.#silence.requestSent()
    this.#unanswered.push(handler, request.signature)
    if (request.signature === signatures.begin) this.#transactionOpen = true
    if (this.#log.enabled('debug')) this.#log.debug(`${this.#name} C: ${describeRequest(request)}`, true)
  }

  /** Writes what was sent since the last flush, in one piece. */
  flush(): void {
    if (this.#end !== null || !this.#packer.pending) return
    const bytes = this.#packer.take()
    this.sent += bytes.length
    this.#holdProcess()
    this.#busyPoll.begin()
    this.#transport.write(bytes)
  }

  /** Sends a request, flushes, and gives its metadata. */
  async request(request: Request): Promise<Metadata> {
    const reply = new Reply()
    this.send(request, reply)
    this.flush()
    return reply.metadata()
  }

  /**
   * Ends whatever the server is doing for this connection and makes it clean (RESET, which overtakes queued requests).
   * A connection that can't be reset is destroyed.
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
      // RESET overtakes what is queued, and without its LOGON the connection would be of no use.
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

  /** Presents other credentials in front of the next request (LOGOFF, LOGON: Bolt 5.1). Flushed together with it. */
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
   * Makes the next requests run as `auth`, the driver's or a session's own credentials. False where that can't be: below
   * Bolt 5.1 a connection keeps the credentials it began with.
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

  /** @throws ConfigurationError below Bolt 5.1, where a connection keeps the credentials it began with */
  demandLogons(): void {
    if (this.version.logon) return
    throw new ConfigurationError(
      `auth of a session, and verifyAuthentication, need Bolt 5.1 (Neo4j 5.5) or newer; the server speaks Bolt ${versionName(this.version)}. Use a driver of its own for these credentials, or a newer server`,
    )
  }

  /**
   * Presents the credentials once more, unless that has just been done: a pooled connection was let in some time ago.
   * @throws ConfigurationError below Bolt 5.1, where it can't be done
   */
  logInAgain(): void {
    this.demandLogons()
    if (!this.unused && this.#login === null && this.auth !== null) this.reauthenticate(this.auth)
  }

  /** Waits for the answer to LOGON where one is due. */
  async loggedIn(): Promise<void> {
    this.flush()
    await this.#login?.metadata()
  }

  /** Says goodbye and ends the connection once everything is written. */
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

  /** Ends the connection at once. */
  destroy(error?: Error): void {
    if (this.#end !== null) return
    if (error !== undefined) this.#report(error)
    this.#finish(error ?? this.#lostError(null))
    this.#transport.destroy()
  }

  /** Stops reading from the network, for readers that are slower than the server. */
  pauseReading(): void {
    // An answer further back may be what a caller waits for.
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

  /** An answer is due: the process must not end before it has come. */
  #holdProcess(): void {
    if (this.#holding) return
    this.#holding = true
    this.#transport.ref()
  }

  /** No caller waits for this connection: a transaction or result that was forgotten must not keep the process alive. */
  #releaseProcess(): void {
    if (!this.#holding) return
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
      // The slow reader has its whole answer; what comes next belongs to another request.
      this.resumeReading()
      this.#conclude(handler, requested, signature, metadata)
    } catch (error) {
      // The request has left the queue, so it would not be refused with the others.
      const reason = this.#protocolError(error, requested)
      this.#refuse(handler, 'failure', reason)
      throw reason
    }
  }

  /** Hands the end of an answer to its handler. */
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
      // The server may close, or be out of step with what was pipelined: not to be used again.
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

  /** The error of whatever was thrown while the answer to a request was handled. */
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
    // A server may hang up behind a FAILURE: that concerns this conversation, not the server.
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
    // A server that hangs up behind a FAILURE spares itself the answer that it ignores what was sent behind it.
    let failure = this.#failure
    for (const { handler, signature } of waiting) {
      if (signature === signatures.reset) failure = null
      if (failure === null) this.#refuse(handler, 'lost', error)
      else this.#refuse(handler, 'ignored', failure)
    }
    this.user?.connectionLost(error)
    this.onClose?.()
  }

  /** Tells what the failure says about the server. What is thrown there must not keep requests from being refused. */
  #report(error: Error): void {
    try {
      this.onFailure?.(this, error)
    } catch (thrown) {
      this.#log.error(`${this.#name} What "${error.message}" says of the server could not be noted: ${String(thrown)}`)
    }
  }

  /** What one handler throws must not keep the next from being refused, nor the connection from being given up. */
  #refuse(handler: ResponseHandler, how: Refusal, error: Error): void {
    try {
      handler.refused(how, error)
    } catch (thrown) {
      this.#log.error(`${this.#name} A request could not be refused with "${error.message}": ${String(thrown)}`)
    }
  }

  get #name(): string {
    return `[${this.connectionId || this.address}]`
  }
}

/** SUCCESS {has_more: true}, as servers send it. */
const hasMore = Buffer.from([0xb1, signatures.success, 0xa1, 0x88, ...Buffer.from('has_more'), 0xc3])

/** Users know the metadata of a transaction by another name than the protocol. */
function inUsersWords(path: string): string {
  return path.replace(/^extra\.tx_metadata/, 'metadata')
}

/** What errors call the value in field `index` of a request. */
function rootOf(signature: number, index: number): string {
  if (signature === signatures.run) return index === 0 ? 'query' : index === 1 ? 'parameters' : 'extra'
  return 'extra'
}
