/** One conversation of a driver's connection with a server that sends these bytes, without a network. Raises where a rule is broken. */

import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { damaged, framed, pieces, shuffled } from '../../../tools/testing/fuzz/mutations.ts'
import { Connection } from '../../src/bolt/connection.ts'
import { begin, commit, reset, route, run, type TransactionSettings } from '../../src/bolt/requests.ts'
import { type Metadata, type Refusal, SummaryHandler } from '../../src/bolt/responses.ts'
import { type BoltVersion, boltVersions } from '../../src/bolt/versions.ts'
import { createLogs } from '../../src/diagnostics/log.ts'
import { silentQuery } from '../../src/diagnostics/observer.ts'
import { Cursor, type CursorOwner } from '../../src/execution/cursor.ts'
import { Address, isDriverError, isNeo4jError, TransactionError } from '../../src/index.ts'
import { RoutingTable } from '../../src/routing/routing-table.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { type RequestName, ServerMessages } from './server-messages.ts'

const ignore = () => undefined
const log = createLogs().io
const address = new Address(['fuzz', 7687])
const settings: TransactionSettings = {
  bookmarks: [],
  mode: 'READ',
  database: null,
  impersonatedUser: null,
  timeout: undefined,
  metadata: undefined,
  filter: null,
}

/** Carries what the test lets arrive, and nothing back. */
class Script implements Transport {
  readonly peer = 'fuzz'
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  readonly secure = false
  onData: Transport['onData'] = ignore
  onClose: Transport['onClose'] = ignore
  destroyed = false
  readonly write = ignore
  readonly pause = ignore
  readonly resume = ignore
  readonly ref = ignore
  readonly unref = ignore

  end(): void {
    this.destroyed = true
  }

  destroy(): void {
    this.destroyed = true
  }
}

/** Counts how often a request is answered. */
class Witness extends SummaryHandler {
  endings = 0
  metadata: Metadata | null = null
  error: Error | null = null

  success(metadata: Metadata): void {
    this.endings++
    this.metadata = metadata
  }

  refused(_how: Refusal, error: Error | null): void {
    this.endings++
    this.error = error
  }
}

class Owner implements CursorOwner {
  endings = 0

  cursorEnded(): void {
    this.endings++
  }

  cursorFailed(): void {
    this.endings++
  }

  ignoredBecause(cause: Error | null): Error {
    return cause ?? new TransactionError('passed over because of the RESET')
  }

  qidOf(): number {
    return -1
  }
}

const script: readonly RequestName[] = [
  'begin',
  'run',
  'pull',
  'run',
  'pull',
  'commit',
  'route',
  'reset',
  'run',
  'pull',
]

/** Makes the bytes of servers that answer such a conversation, more or less. */
export function conversations(chance: Chance): () => Buffer {
  const messages = new ServerMessages(chance)
  return () => {
    const answers = script.slice(0, 1 + chance.below(script.length)).flatMap((request) => messages.answer(request))
    return damaged(
      framed(
        shuffled(answers, chance, () => messages.other()),
        chance,
      ),
      chance,
    )
  }
}

/** Lets a connection hear the bytes, in pieces. */
export function hear(bytes: Buffer, chance: Chance): void {
  const version = chance.pick(boltVersions) as BoltVersion
  const transport = new Script()
  const connection = new Connection(transport, {
    address,
    version,
    routed: chance.oneIn(2),
    busyPollTime: 0,
    probeAfter: Number.POSITIVE_INFINITY,
    log,
  })
  connection.limitMessages(4 * 1024 * 1024, 100_000, () => '')
  const integers = chance.pick(['number', 'bigint', 'auto'] as const)
  const fetchSize = chance.pick([-1, 1, 3, 100])
  const witnesses: Witness[] = []
  const cursors: [Cursor, Owner][] = []
  const ask = (handler: Witness, send: (handler: Witness) => void) => {
    witnesses.push(handler)
    send(handler)
  }
  const query = () => {
    const owner = new Owner()
    const cursor = new Cursor(connection, owner, fetchSize, integers, silentQuery)
    cursor.send(run(version, 'Q', {}, null))
    cursors.push([cursor, owner])
  }
  ask(new Witness(), (handler) => connection.send(begin(version, settings), handler))
  query()
  query()
  ask(new Witness(), (handler) => connection.send(commit, handler))
  const routing = new Witness()
  if (version.route !== 'procedure') {
    ask(routing, (handler) => connection.send(route(version, {}, [], null, null), handler))
  }
  ask(new Witness(), (handler) => connection.send(reset, handler))
  query()
  connection.flush()
  const [first] = cursors[0] as [Cursor, Owner]
  const reader = chance.below(4)
  if (reader === 0) first.discard()
  else if (reader === 1) first.arrival().catch(ignore)
  else if (reader === 2) void first.bufferAll()
  for (const piece of pieces(bytes, chance)) {
    if (transport.destroyed) break
    transport.onData(piece, piece.length)
  }
  transport.onClose(null)
  if (connection.open) throw new Error('the connection is open though its transport is closed')
  for (const { endings, error } of witnesses) {
    if (endings !== 1) throw new Error(`a request was answered ${endings} times`)
    assertNamed(error)
  }
  for (const [cursor, owner] of cursors) assertSound(cursor, owner)
  if (routing.metadata !== null) assertTable(routing.metadata)
}

function assertSound(cursor: Cursor, owner: Owner): void {
  for (const fields of cursor.take(Number.POSITIVE_INFINITY)) {
    if (fields.length !== cursor.keys.length) throw new Error(`${fields.length} values for ${cursor.keys.length} keys`)
  }
  if (!cursor.keys.every((key) => typeof key === 'string')) throw new Error('a key is no string')
  // A result between two batches notices that its connection is lost when more is asked for.
  if (!cursor.settled) cursor.discard()
  if (!cursor.settled || owner.endings !== 1) throw new Error(`a result has ended ${owner.endings} times`)
  assertNamed(cursor.error)
}

function assertTable(metadata: Metadata): void {
  try {
    RoutingTable.parse(metadata['rt'] ?? {}, null)
  } catch (error) {
    assertNamed(error)
  }
}

/** @throws for an error that no caller could recognise */
export function assertNamed(error: unknown): void {
  if (error === null || isDriverError(error) || isNeo4jError(error)) return
  throw new Error('an error that is neither a DriverError nor a Neo4jError', { cause: error })
}
