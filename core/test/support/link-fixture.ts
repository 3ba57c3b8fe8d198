import { Connection, type ConnectionOptions } from '../../src/bolt/connection.ts'
import { run, signatures } from '../../src/bolt/requests.ts'
import { boltVersions } from '../../src/bolt/versions.ts'
import { closeFrame, frameHead } from '../../src/chunking/chunk.ts'
import { Log } from '../../src/diagnostics/log.ts'
import { type QueryObserver, silentQuery } from '../../src/diagnostics/observer.ts'
import { Cursor, type CursorOwner } from '../../src/execution/cursor.ts'
import { Packer } from '../../src/packstream/pack.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { Address } from '../../src/values/address.ts'

// A connection without a network: the test supplies the received bytes and observes the link.

const packer = new Packer({ write: () => false })
const ignore = () => undefined

/** One framed message. */
export function message(signature: number, ...fields: readonly unknown[]): Buffer {
  packer.reserve(frameHead)
  packer.structureHeader(fields.length, signature)
  for (const field of fields) packer.pack(field, 'field')
  closeFrame(packer, 0)
  return Buffer.from(packer.take())
}

/** RECORD messages behind each other. */
export function rowsOf(count: number, row: (i: number) => readonly unknown[]): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => message(signatures.record, row(i))))
}

/** A link that counts what is written and says whether its reader is paused. */
class LinkTransport implements Transport {
  readonly peer = 'test'
  readonly secure = false
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  onData: Transport['onData'] = ignore
  onClose: Transport['onClose'] = ignore
  writes = 0
  reading = true
  /** Whether it keeps the process alive, and how often that was changed. */
  holding = true
  changes = 0
  /** Called at each write, in place of the server. */
  onWrite: () => void = ignore

  write(): void {
    this.writes += 1
    this.onWrite()
  }

  arrive(...messages: readonly Buffer[]): void {
    const bytes = messages.length === 1 ? (messages[0] as Buffer) : Buffer.concat(messages)
    this.onData(bytes, bytes.length)
  }

  pause(): void {
    this.reading = false
  }

  resume(): void {
    this.reading = true
  }

  ref(): void {
    this.holding = true
    this.changes += 1
  }

  unref(): void {
    this.holding = false
    this.changes += 1
  }

  readonly end = ignore
  readonly destroy = ignore
}

/** A connection over such a link, of the newest version. */
export function openLink({
  busyPollTime = 0,
  onFailure,
}: {
  busyPollTime?: number
  onFailure?: ConnectionOptions['onFailure']
} = {}) {
  const transport = new LinkTransport()
  const version = boltVersions.at(-1)
  if (version === undefined) throw new Error('there is no Bolt version')
  const log = new Log('boltline.io')
  const connection = new Connection(transport, {
    address: Address.parse('test:7687'),
    version,
    routed: false,
    busyPollTime,
    probeAfter: Number.POSITIVE_INFINITY,
    onFailure,
    log,
  })
  connection.greeted({
    agent: 'Neo4j/5.26.0',
    connectionId: '',
    hints: {},
    advertisedAddress: null,
    receiveTimeout: null,
  })
  return { transport, connection }
}

/** Runs a query on it, whose records come by `fetchSize`. */
export function ask(connection: Connection, fetchSize: number): Cursor {
  return askWith(connection, fetchSize, silentQuery)
}

/** The same, reported to an observer. */
export function askWith(connection: Connection, fetchSize: number, observer: QueryObserver): Cursor {
  const cursor = new Cursor(connection, noOwner, fetchSize, 'number', observer)
  cursor.send(run(connection.version, 'RETURN', {}, null))
  connection.flush()
  return cursor
}

/** The owner of a cursor whose end the test ignores. */
const noOwner: CursorOwner = {
  cursorEnded: ignore,
  cursorFailed: ignore,
  ignoredBecause: (cause) => cause ?? new Error('ignored'),
  qidOf: () => -1,
}
