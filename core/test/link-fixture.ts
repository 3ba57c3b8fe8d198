import { signatures } from '../src/bolt/requests.ts'
import { closeFrame, frameHead } from '../src/chunking/chunk.ts'
import { Packer } from '../src/packstream/pack.ts'
import type { Transport } from '../src/transport/transport.ts'
import type { CursorOwner } from '../src/work/cursor.ts'

// A connection without a network: the test says what arrives, byte by byte, and sees what becomes of the link.

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

/** A link that counts what is written and tells whether anybody reads. */
export class LinkTransport implements Transport {
  readonly peer = 'test'
  readonly secure = false
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  onData: Transport['onData'] = ignore
  onClose: Transport['onClose'] = ignore
  writes = 0
  reading = true
  /** What the server does when something was written. */
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

  readonly ref = ignore
  readonly unref = ignore
  readonly end = ignore
  readonly destroy = ignore
}

/** For a cursor whose end nobody cares about. */
export const nobody: CursorOwner = {
  cursorEnded: ignore,
  cursorFailed: ignore,
  ignoredBecause: (cause) => cause ?? new Error('ignored'),
  qidOf: () => -1,
}
