/** Messages as a server reads and writes them, with the driver's own codec. */

import {
  type BoltVersion,
  Dehydrator,
  frameHead,
  frameInPlace,
  frameTail,
  Packer,
  Structure,
  signatures,
  Unpacker,
} from '@boltline/core/codec'

export type MessageName = keyof typeof signatures

const names = new Map<number, MessageName>(
  Object.entries(signatures).map(([name, signature]) => [signature, name as MessageName]),
)

export interface ClientMessage {
  readonly name: MessageName
  readonly fields: readonly unknown[]
}

/** A framed message. Structures that no value class stands for can be given as `Structure`. */
export function message(version: BoltVersion, name: MessageName, fields: readonly unknown[]): Buffer {
  const packer = new Packer(new Dehydrator(version))
  packer.reserve(frameHead)
  packer.pack(new Structure(signatures[name], fields), 'message')
  const length = packer.position - frameHead
  packer.reserve(frameTail(length))
  const frame = Buffer.from(packer.take())
  frameInPlace(frame, length)
  return frame
}

/** What a client said; its structures stay as they are. */
export function parse(buffer: Buffer, start: number, end: number): ClientMessage {
  const unpacker = new Unpacker(
    {
      read: (reader, tag, size) =>
        new Structure(
          tag,
          Array.from({ length: size }, () => reader.value()),
        ),
    },
    { uuid: (bytes) => new Structure(0xe0, [bytes]) },
  )
  unpacker.integers = 'auto'
  unpacker.open(buffer, start, end)
  const { tag, fields } = unpacker.value() as Structure
  const name = names.get(tag)
  if (name === undefined) throw new Error(`the client sent an unknown message 0x${tag.toString(16)}`)
  return { name, fields }
}
