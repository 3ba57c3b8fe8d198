/** One connection's messages, as a server reads and writes them, with the driver's own codec. */

import {
  type BoltVersion,
  Dechunker,
  frameHead,
  frameInPlace,
  frameTail,
  Hydrator,
  Packer,
  signatures,
  Unpacker,
} from '@boltline/core/codec'
import { ServerStructures } from './server-structures.ts'

/** The names of messages, as in the Bolt specification but in lower case. */
export type MessageName = keyof typeof signatures

/** What a client said. */
export interface ClientMessage {
  readonly name: MessageName
  readonly fields: readonly unknown[]
}

const names = new Map<number, MessageName>(
  Object.entries(signatures).map(([name, signature]) => [signature, name as MessageName]),
)

export class Wire {
  readonly #packer: Packer
  readonly #structures: ServerStructures
  readonly #hydrator: Hydrator
  readonly #unpacker: Unpacker
  readonly #dechunker: Dechunker

  /**
   * @param heard - told of every message
   * @param limit - the largest message, in bytes
   */
  constructor(version: BoltVersion, limit: number, heard: (message: ClientMessage) => void) {
    this.#structures = new ServerStructures(version)
    this.#packer = new Packer(this.#structures)
    this.#hydrator = new Hydrator(version)
    this.#unpacker = new Unpacker(this.#hydrator, version.uuids ? { uuid: Hydrator.uuid } : {})
    this.#unpacker.integers = 'auto'
    this.#dechunker = new Dechunker({ message: (buffer, start, end) => heard(this.#parse(buffer, start, end)) }, limit)
  }

  /** Date-times travel in UTC from now on. */
  agreeOnUtc(): void {
    this.#structures.utc = true
    this.#hydrator.utc = true
  }

  /** @throws for bytes that are no messages; the connection can't go on then */
  receive(bytes: Buffer): void {
    this.#dechunker.feed(bytes, bytes.length)
  }

  /** A framed message. */
  message(name: MessageName, ...fields: readonly unknown[]): Uint8Array {
    const packer = this.#packer
    const start = packer.position
    try {
      packer.reserve(frameHead)
      packer.structureHeader(fields.length, signatures[name])
      for (const field of fields) packer.pack(field, 'answer')
      const length = packer.position - start - frameHead
      packer.reserve(frameTail(length))
      frameInPlace(packer.packedFrom(start), length)
      return packer.take()
    } catch (error) {
      packer.rollback(start)
      throw error
    }
  }

  #parse(buffer: Buffer, start: number, end: number): ClientMessage {
    const unpacker = this.#unpacker
    unpacker.open(buffer, start, end)
    const size = unpacker.byte() - 0xb0
    const signature = unpacker.byte()
    const name = names.get(signature)
    if (name === undefined || size < 0 || size > 15)
      throw unpacker.broken(`message 0x${signature.toString(16)} is unknown`)
    const fields = Array.from({ length: size }, () => unpacker.value())
    unpacker.finish()
    return { name, fields }
  }
}
