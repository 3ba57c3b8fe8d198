/** One connection's messages, as a server reads and writes them, with the driver's own codec. */

import {
  type BoltVersion,
  closeFrame,
  Dechunker,
  frameHead,
  Hydrator,
  limits,
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
  /** Why a value in it has no meaning, such as a time zone that doesn't exist. */
  readonly fault?: string
}

/** What a wire may be told besides its version. */
export interface WireOptions {
  /** The largest message, in bytes. */
  readonly limit: number
  /** How many values one message may hold. Default: 20,000,000, counted as the driver's `maxMessageValues`. */
  readonly maxValues?: number
  /** INTEGERs among the parameters of RUN come as bigint, so that they differ from FLOATs. Default: false. */
  readonly exactNumbers?: boolean
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
  readonly #exactNumbers: boolean

  /** @param heard - told of every message */
  constructor(
    version: BoltVersion,
    { limit, maxValues = limits.messageValues, exactNumbers = false }: WireOptions,
    heard: (message: ClientMessage) => void,
  ) {
    this.#exactNumbers = exactNumbers
    this.#structures = new ServerStructures(version)
    this.#packer = new Packer(this.#structures)
    this.#hydrator = new Hydrator(version)
    this.#unpacker = new Unpacker(this.#hydrator, version.uuids ? { uuid: Hydrator.uuid } : {})
    this.#dechunker = new Dechunker({ message: (buffer, start, end) => heard(this.#parse(buffer, start, end)) }, limit)
    this.limit(limit, maxValues)
  }

  /** The largest message from now on. */
  limit(bytes: number, maxValues: number): void {
    this.#dechunker.maxBytes = bytes
    this.#unpacker.maxValues = maxValues
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
      closeFrame(packer, start)
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
    const fields = Array.from({ length: size }, (_, i) => {
      unpacker.integers = this.#exactNumbers && name === 'run' && i === 1 ? 'bigint' : 'auto'
      return unpacker.value()
    })
    unpacker.finish()
    const { fault } = unpacker
    return fault === null ? { name, fields } : { name, fields, fault }
  }
}
