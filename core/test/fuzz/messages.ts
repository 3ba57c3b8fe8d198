/** The codec at both ends of the wire, message by message: frames, values, metadata. */

import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { damaged, framed, pieces } from '../../../tools/testing/fuzz/mutations.ts'
import { wrongMetadata } from '../../src/bolt/metadata-checks.ts'
import { type BoltVersion, boltVersions } from '../../src/bolt/versions.ts'
import { Dechunker } from '../../src/chunking/dechunk.ts'
import { serverError } from '../../src/errors/index.ts'
import { Hydrator } from '../../src/hydration/hydrate.ts'
import { isDriverError } from '../../src/index.ts'
import { Mismatch, Unpacker } from '../../src/packstream/unpack.ts'
import { type RequestName, ServerMessages } from './server-messages.ts'

const record = 0x71
const failure = 0x7f
const maxValues = 100_000
const maxBytes = 4 * 1024 * 1024
const requests: readonly RequestName[] = ['hello', 'run', 'pull', 'commit', 'route', 'other']

/** Makes messages of servers, each framed and in half of the cases damaged. */
export function serverMessages(chance: Chance): () => Buffer {
  const messages = new ServerMessages(chance)
  return () => {
    const kind = chance.below(8)
    const message =
      kind < 4
        ? messages.record(chance.below(5))
        : kind < 6
          ? messages.success(chance.pick(requests))
          : kind === 6
            ? messages.failure()
            : messages.other()
    return damaged(framed([message], chance), chance)
  }
}

/** Reads messages as the driver does. One reader serves many of them. */
export class MessageReader {
  readonly #unpackers = boltVersions.map((version: BoltVersion) => {
    const unpacker = new Unpacker(new Hydrator(version), version.uuids ? { uuid: Hydrator.uuid } : {})
    unpacker.maxValues = maxValues
    return unpacker
  })

  /** @throws for an error that the connection has no name for */
  read(bytes: Buffer, chance: Chance): void {
    const unpacker = chance.pick(this.#unpackers)
    unpacker.integers = chance.pick(['number', 'bigint', 'auto'])
    const sink = { message: (buffer: Buffer, start: number, end: number) => readMessage(unpacker, buffer, start, end) }
    const dechunker = new Dechunker(sink, maxBytes)
    try {
      for (const piece of pieces(bytes, chance)) dechunker.feed(piece, piece.length)
    } catch (error) {
      // A Mismatch and what a DataView raises beyond its end become a BoltProtocolError in the connection.
      if (!isDriverError(error) && !(error instanceof Mismatch) && !(error instanceof RangeError)) throw error
    }
  }
}

function readMessage(unpacker: Unpacker, buffer: Buffer, start: number, end: number): void {
  if (buffer[start] === 0xb1 && buffer[start + 1] === record) {
    if (!Array.isArray(unpacker.record(buffer, start, end))) throw new Error('a record is no list')
    return
  }
  unpacker.open(buffer, start, end)
  unpacker.byte()
  const signature = unpacker.byte()
  const metadata = unpacker.metadata()
  if (wrongMetadata(metadata) === null && signature === failure) serverError(metadata)
}
