/**
 * One client's connection: implements the server states of the Bolt specification ("Server state"), one message at a time.
 * RESET overtakes: it interrupts the running message, and the queued ones before it are IGNORED. An error here ends
 * only this connection.
 */

import type { Socket } from 'node:net'
import { type BoltVersion, limits, loginLimits } from '@boltline/core/codec'
import { hangUp, type LoginLimit } from './disconnect.ts'
import { failureMetadata } from './failure.ts'
import { Interrupt } from './interrupt.ts'
import { databaseIn, type Metadata, mapOf, transactionRequest } from './message-fields.ts'
import {
  DropConnection,
  type Ending,
  type QueryAnswer,
  type RoutingTable,
  ServerFailure,
  type TransactionRequest,
} from './query-handler.ts'
import { routingTable } from './routing.ts'
import type { ServerSettings } from './server-settings.ts'
import { allows, type ServerState } from './server-state.ts'
import { Streams } from './streams.ts'
import { type ClientMessage, type MessageName, Wire } from './wire.ts'

/** The number of queued messages of one client at which the server pauses reading. */
const mostMessages = 1000

export class ServerConnection {
  readonly id: string
  readonly #socket: Socket
  readonly #version: BoltVersion
  readonly #settings: ServerSettings
  readonly #wire: Wire
  readonly #login: LoginLimit
  readonly #inbox: ClientMessage[] = []
  readonly #streams = new Streams()
  readonly #interrupt = new Interrupt()
  #state: ServerState = 'hello'
  #working = false
  #transaction: TransactionRequest | null = null
  #user: string | null = null

  constructor(socket: Socket, version: BoltVersion, id: string, settings: ServerSettings, login: LoginLimit) {
    this.id = id
    this.#socket = socket
    this.#version = version
    this.#settings = settings
    this.#login = login
    const { exactNumbers = false } = settings.handler
    const { messageBytes: limit, messageValues: maxValues } = loginLimits
    this.#wire = new Wire(version, { limit, maxValues, exactNumbers }, (message) => this.#receive(message))
    if (version.utc) this.#wire.agreeOnUtc()
    socket.on('close', () => this.#closed())
  }

  receive(bytes: Buffer): void {
    if (this.#state === 'closed') return
    try {
      this.#wire.receive(bytes)
    } catch {
      // After a protocol violation the server can't send a valid answer.
      this.#socket.destroy()
    }
  }

  #receive(message: ClientMessage): void {
    if (this.#state === 'closed') return
    if (message.name === 'goodbye') return this.#hangUp()
    if (message.name === 'reset') this.#interrupt.raise()
    this.#inbox.push(message)
    // Pauses reading, so that a client that sends without reading can't fill the memory.
    if (this.#inbox.length === mostMessages) this.#socket.pause()
    if (!this.#working) void this.#work()
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      if (this.#state === 'closed') break
      await this.#handle(message)
      if (this.#inbox.length === 0) this.#socket.resume()
    }
    this.#working = false
  }

  async #handle(message: ClientMessage): Promise<void> {
    const { name } = message
    if (name !== 'reset' && (this.#state === 'failed' || this.#interrupt.isRaised)) return this.#send('ignored')
    if (!allows(this.#state, name)) {
      this.#send(
        'failure',
        this.#failure(
          new ServerFailure(
            'Neo.ClientError.Request.Invalid',
            `${name.toUpperCase()} is not allowed in the state ${this.#state}`,
            '08N06',
          ),
        ),
      )
      return this.#hangUp()
    }
    try {
      if (message.fault !== undefined)
        throw new ServerFailure('Neo.ClientError.Request.Invalid', message.fault, '08N06')
      await this.#answer(message)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed') return
    if (error instanceof DropConnection) {
      this.#socket.destroy()
      return
    }
    const before = this.#state
    this.#state = 'failed'
    this.#streams.closeAll()
    if (this.#interrupt.isRaised) return this.#send('ignored')
    const failure =
      error instanceof ServerFailure
        ? error
        : new ServerFailure('Neo.DatabaseError.General.UnknownError', String(error))
    this.#send('failure', this.#failure(failure))
    // A failed login closes the connection: no second attempt on it.
    if (before === 'hello' || before === 'logon') this.#hangUp()
  }

  async #answer({ name, fields }: ClientMessage): Promise<void> {
    const [first, second, third] = fields
    switch (name) {
      case 'hello':
        return this.#hello(mapOf(first))
      case 'logon':
        return this.#logon(mapOf(first))
      case 'logoff':
        this.#state = 'logon'
        this.#wire.limit(loginLimits.messageBytes, loginLimits.messageValues)
        this.#login.start()
        this.#settings.handler.onEvent?.('logoff', this.id)
        return this.#send('success', {})
      case 'reset':
        return this.#reset()
      case 'telemetry':
        return this.#send('success', {})
      case 'route':
        return this.#send('success', { rt: await this.#route(mapOf(first), databaseIn(third)) })
      case 'begin':
        return this.#begin(mapOf(first))
      case 'run':
        return this.#run(String(first), mapOf(second), mapOf(third))
      case 'pull':
      case 'discard':
        return this.#pull(name, mapOf(first))
      case 'commit':
      case 'rollback':
        return this.#end(name)
    }
  }

  #hello(extra: Metadata): void {
    const metadata: Metadata = { server: this.#settings.agent, connection_id: this.id, hints: this.#settings.hints }
    if (this.#version.utcPatch && Array.isArray(extra['patch_bolt']) && extra['patch_bolt'].includes('utc')) {
      metadata['patch_bolt'] = ['utc']
      this.#wire.agreeOnUtc()
    }
    if (!this.#version.logon) this.#authenticate(extra)
    if (this.#version.logon) this.#state = 'logon'
    else this.#loggedIn()
    this.#send('success', metadata)
  }

  #logon(token: Metadata): void {
    this.#authenticate(token)
    this.#loggedIn()
    this.#settings.handler.onEvent?.('logon', this.id)
    this.#send('success', this.#version.homeDatabaseInReply ? { advertised_address: this.#settings.address() } : {})
  }

  #loggedIn(): void {
    this.#wire.limit(this.#settings.maxMessageBytes, limits.messageValues)
    this.#state = 'ready'
    this.#login.stop()
  }

  #authenticate(token: Metadata): void {
    const { auth } = this.#settings
    const { principal, credentials } = token
    if (auth !== null && (principal !== auth.user || credentials !== auth.password)) {
      throw new ServerFailure(
        'Neo.ClientError.Security.Unauthorized',
        'The client is unauthorized due to authentication failure.',
        '42NFF',
      )
    }
    this.#user = typeof principal === 'string' && principal !== '' ? principal : null
  }

  #reset(): void {
    this.#interrupt.clear()
    this.#streams.closeAll()
    this.#leaveTransaction()
    this.#state = 'ready'
    this.#settings.handler.onEvent?.('reset', this.id)
    this.#send('success', {})
  }

  async #begin(extra: Metadata): Promise<void> {
    const { transactions, maxTransactions, handler } = this.#settings
    if (transactions.open >= maxTransactions) {
      throw new ServerFailure(
        'Neo.TransientError.Transaction.MaximumTransactionLimitReached',
        `${maxTransactions} transactions are open already`,
      )
    }
    const request = transactionRequest(extra, this.id, this.#user)
    await this.#interrupt.wait(handler.begin?.(request))
    transactions.open++
    this.#transaction = request
    this.#streams.restartIds()
    this.#state = 'transaction'
    this.#send('success', this.#resolved(extra))
  }

  async #run(query: string, parameters: Metadata, extra: Metadata): Promise<void> {
    const started = performance.now()
    const transaction = this.#transaction
    const request = transaction ?? transactionRequest(extra, this.id, this.#user)
    const answer: QueryAnswer = query.includes('dbms.routing.getRoutingTable')
      ? await this.#routingProcedure(parameters)
      : await this.#interrupt.wait(
          this.#settings.handler.run({
            ...request,
            transaction: request,
            query,
            parameters,
            inTransaction: transaction !== null,
            signal: this.#interrupt.signal,
          }),
        )
    const metadata: Metadata = { fields: answer.keys, t_first: msSince(started) }
    if (transaction === null) {
      this.#streams.openAutoCommit(answer, request)
      this.#state = 'streaming'
      Object.assign(metadata, this.#resolved(extra))
    } else metadata['qid'] = this.#streams.openInTransaction(answer)
    this.#send('success', metadata)
  }

  async #pull(name: 'pull' | 'discard', extra: Metadata): Promise<void> {
    const n = extra['n']
    if (typeof n !== 'number' || n === 0 || n < -1) {
      throw new ServerFailure('Neo.ClientError.Request.Invalid', `n must be −1 or at least 1, found ${String(n)}`)
    }
    const qid = this.#streams.idIn(extra)
    const stream = this.#streams.get(qid)
    if (stream === undefined)
      throw new ServerFailure('Neo.ClientError.Request.Invalid', `there is no open query ${qid}`)
    let left = n === -1 ? Number.POSITIVE_INFINITY : n
    while (left > 0) {
      const row = await this.#interrupt.wait(stream.next())
      if (row === null) break
      left--
      if (name === 'pull') this.#send('record', row)
      if (this.#socket.writableNeedDrain) await this.#interrupt.drained(this.#socket)
    }
    if (await this.#interrupt.wait(stream.more())) return this.#send('success', { has_more: true })
    this.#streams.delete(qid)
    const summary: Metadata = {
      t_last: msSince(stream.available),
      db: this.#database(stream.autoCommit),
      ...stream.answer.summary(),
    }
    if (stream.autoCommit !== null) {
      const bookmark = await this.#interrupt.wait(this.#settings.handler.end?.('commit', stream.autoCommit))
      summary['bookmark'] ??= bookmark ?? this.#settings.nextBookmark()
      this.#state = 'ready'
    }
    this.#send('success', summary)
  }

  async #end(how: Ending): Promise<void> {
    const transaction = this.#transaction as TransactionRequest
    const bookmark = await this.#interrupt.wait(this.#settings.handler.end?.(how, transaction))
    this.#streams.closeAll()
    this.#leaveTransaction()
    this.#state = 'ready'
    this.#send('success', how === 'commit' ? { bookmark: bookmark ?? this.#settings.nextBookmark() } : {})
  }

  #route(context: Metadata, database: string | null): Promise<RoutingTable> | RoutingTable {
    const { handler, address } = this.#settings
    return this.#interrupt.wait(handler.route?.(context, database) ?? routingTable(address(), context, database))
  }

  /** Answers the procedure by which clients before Bolt 4.3 request a routing table. */
  async #routingProcedure(parameters: Metadata): Promise<QueryAnswer> {
    const { ttl, servers } = await this.#route(mapOf(parameters['context']), null)
    return { keys: ['ttl', 'servers'], rows: [[ttl, servers]], summary: () => ({ type: 'r' }) }
  }

  #resolved(extra: Metadata): Metadata {
    return this.#version.homeDatabaseInReply && extra['db'] === undefined ? { db: 'neo4j' } : {}
  }

  #database(autoCommit: TransactionRequest | null): string {
    return (autoCommit ?? this.#transaction)?.database ?? 'neo4j'
  }

  #leaveTransaction(): void {
    if (this.#transaction === null) return
    this.#transaction = null
    this.#settings.transactions.open--
  }

  #failure(failure: ServerFailure): Metadata {
    return failureMetadata(this.#version, failure)
  }

  #send(name: MessageName, ...fields: unknown[]): void {
    if (this.#socket.writable) this.#socket.write(this.#wire.message(name, ...fields))
  }

  /** Closes the connection; later messages of the client get no answer. */
  #hangUp(): void {
    hangUp(this.#socket)
    this.#leave()
  }

  #closed(): void {
    if (this.#state !== 'closed') this.#leave()
    this.#settings.handler.onEvent?.('closed', this.id)
  }

  #leave(): void {
    this.#state = 'closed'
    this.#interrupt.raise()
    this.#streams.closeAll()
    this.#leaveTransaction()
  }
}

function msSince(instant: number): number {
  return Math.round(performance.now() - instant)
}
