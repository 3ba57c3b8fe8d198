/**
 * Decodes the messages of a server and passes each to the handler of the oldest unanswered request. Turns whatever is thrown meanwhile
 * into an error that names the request.
 */

import type { MessageSink } from '../chunking/dechunk.ts'
import type { Log } from '../diagnostics/log.ts'
import { BoltProtocolError, factsOf, redactWhereShown, serverError } from '../errors/index.ts'
import type { Unpacker } from '../packstream/unpack.ts'
import type { Address } from '../values/address.ts'
import { wrongMetadata } from './metadata-checks.ts'
import type { PendingRequests } from './pending-requests.ts'
import { signatures } from './requests.ts'
import { type Metadata, OutOfPlace, type Refusal, type ResponseHandler } from './responses.ts'
import type { ServerState } from './server-state.ts'
import { messageName } from './traffic.ts'

/** The connection, as the dispatcher sees it. */
interface Surroundings {
  readonly address: Address
  /** The name of the connection in logs. */
  readonly name: string
  resumeReading(): void
  /** A FAILURE has arrived. */
  failed(error: Error): void
}

export class ResponseDispatcher implements MessageSink {
  readonly #connection: Surroundings
  readonly #pending: PendingRequests
  readonly #unpacker: Unpacker
  readonly #state: ServerState
  readonly #log: Log
  readonly #redact: boolean

  constructor(
    connection: Surroundings,
    parts: { pending: PendingRequests; unpacker: Unpacker; state: ServerState; log: Log; redact: boolean },
  ) {
    this.#connection = connection
    this.#pending = parts.pending
    this.#unpacker = parts.unpacker
    this.#state = parts.state
    this.#log = parts.log
    this.#redact = parts.redact
  }

  message(buffer: Buffer, start: number, end: number): void {
    const unpacker = this.#unpacker
    const { handler } = this.#pending
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

  /** Refuses one request. An error that its handler throws is logged, so that the other requests are refused and the connection ends. */
  refuse(handler: ResponseHandler, how: Refusal, error: Error): void {
    try {
      handler.refused(how, error)
    } catch (thrown) {
      this.#log.error(`${this.#connection.name} A request handler threw for "${error.message}": ${String(thrown)}`)
    }
  }

  /** Turns whatever was thrown while an answer was handled into an error that names the request. */
  protocolError(error: unknown, requested: number | undefined): BoltProtocolError {
    if (error instanceof BoltProtocolError) return error
    const found = error instanceof Error ? error.message : String(error)
    const asked = requested === undefined ? 'nothing' : messageName(requested)
    if (error instanceof OutOfPlace)
      return new BoltProtocolError(
        `${this.#connection.address} answered ${asked} with ${found}. The connection is replaced`,
      )
    return new BoltProtocolError(
      `The server sent a message that can't be decoded: ${found} (in answer to ${asked}, at byte ${this.#unpacker.position} of the received bytes). The connection is replaced`,
      { cause: error },
    )
  }

  #summary(handler: ResponseHandler, header: number, signature: number): void {
    const unpacker = this.#unpacker
    const known =
      signature === signatures.success || signature === signatures.failure || signature === signatures.ignored
    if (!known || (header !== 0xb0 && header !== 0xb1)) {
      throw unpacker.broken(`message 0x${signature.toString(16)} with header 0x${header.toString(16)} is unknown`)
    }
    const metadata = unpacker.metadata()
    const requested = this.#pending.shift()
    try {
      // The slow caller has its whole answer; the next message belongs to another request.
      this.#connection.resumeReading()
      this.#conclude(handler, requested, signature, metadata)
    } catch (error) {
      // The request is no longer in the queue, so the end of the connection would not refuse it.
      const reason = this.protocolError(error, requested)
      this.refuse(handler, 'failure', reason)
      throw reason
    }
  }

  /** Passes SUCCESS, FAILURE or IGNORED to the handler of the request. */
  #conclude(handler: ResponseHandler, requested: number, signature: number, metadata: Metadata): void {
    const state = this.#state
    const debug = this.#log.enabled('debug')
    const wrong = wrongMetadata(metadata)
    if (wrong !== null) {
      const committed = requested === signatures.commit && signature === signatures.success
      throw new OutOfPlace(
        `a ${messageName(signature)} with malformed metadata: ${wrong}${committed ? '. The transaction is committed' : ''}`,
      )
    }
    if (signature === signatures.success) {
      if (state.failure !== null && requested !== signatures.reset)
        throw new OutOfPlace('a SUCCESS, though an earlier request has failed and the connection was not reset')
      if (debug) this.#log.debug(`${this.#connection.name} S: SUCCESS ${Object.keys(metadata).join(' ')}`)
      state.succeeded(requested, metadata)
      handler.success(metadata)
    } else if (signature === signatures.failure) {
      const error = serverError(metadata)
      if (this.#redact) redactWhereShown(error)
      if (debug) this.#log.debug(`${this.#connection.name} S: FAILURE ${error.code} ${error.gqlStatus}`)
      state.failure = error
      // The server may close the connection or have lost count of pipelined requests: do not reuse it.
      if (factsOf(error.code).connection === 'replace' || requested === signatures.logon) state.spent = true
      this.#connection.failed(error)
      handler.refused('failure', error)
    } else {
      if (state.failure === null && !this.#pending.includes(signatures.reset))
        throw new OutOfPlace('an IGNORED, though no earlier request has failed')
      if (debug) this.#log.debug(`${this.#connection.name} S: IGNORED`)
      handler.refused('ignored', state.failure)
    }
  }
}
