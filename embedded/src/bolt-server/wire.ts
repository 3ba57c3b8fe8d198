/** Decodes and encodes the messages of one connection from the server's side, with the driver's codec. */

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

/** The names of messages in the Bolt specification, in lower case. */
export type MessageName = keyof typeof signatures

/** A message of the client. */
export interface ClientMessage {
  readonly name: MessageName
  readonly fields: readonly unknown[]
  /** Why a value in the message is invalid, such as an unknown time zone. */
  readonly fault?: string
}

/** Options of a {@link Wire}. */
export interface WireOptions {
  /** The largest message, in bytes. */
  readonly limit: number
  /** The largest number of values in one message. Default: 20,000,000, counted like the driver's `maxMessageValues`. */
  readonly maxValues?: number
  /** Decodes INTEGERs among the parameters of RUN as bigint, so that they differ from FLOATs. Default: false. */
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

  /** @param onMessage - called with every message */
  constructor(
    version: BoltVersion,
    { limit, maxValues = limits.messageValues, exactNumbers = false }: WireOptions,
    onMessage: (message: ClientMessage) => void,
  ) {
    this.#exactNumbers = exactNumbers
    this.#structures = new ServerStructures(version)
    this.#packer = new Packer(this.#structures)
    this.#hydrator = new Hydrator(version)
    this.#unpacker = new Unpacker(this.#hydrator, version.uuids ? { uuid: Hydrator.uuid } : {})
    this.#dechunker = new Dechunker(
      { message: (buffer, start, end) => onMessage(this.#parse(buffer, start, end)) },
      limit,
    )
    this.limit(limit, maxValues)
  }

  /** Sets the limits for further messages. */
  limit(bytes: number, maxValues: number): void {
    this.#dechunker.maxBytes = bytes
    this.#unpacker.maxValues = maxValues
  }

  /** Encodes further date-times in UTC. */
  agreeOnUtc(): void {
    this.#structures.utc = true
    this.#hydrator.utc = true
  }

  /** Decodes bytes. @throws on bytes that are no Bolt messages; the connection is unusable then */
  receive(bytes: Buffer): void {
    this.#dechunker.feed(bytes, bytes.length)
  }

  /** Encodes and frames a message. */
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
