/**
 * What the two ends of a Bolt connection say, cut into steps: the handshake, then one step per message. Bytes are kept as they
 * came, so what is put together again is what was sent.
 */

import { signatures } from '../../src/codec.ts'

export type Side = 'client' | 'server'

/** One whole step of one side. */
export interface Step {
  readonly side: Side
  /** `HANDSHAKE`, `CHOICE` (the client's answer to a manifest), `NOOP`, or the name of a message. */
  readonly name: string
  readonly bytes: Buffer
}

const names = new Map<number, string>(
  Object.entries(signatures).map(([name, signature]) => [signature, name.toUpperCase()]),
)

/** Both sides of one connection. The client's side has to be fed in the order in which the sides speak. */
export class Conversation {
  readonly #pending: Record<Side, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) }
  /** Steps of the handshake to come. */
  readonly #opening: Record<Side, string[]> = { client: ['HANDSHAKE'], server: ['HANDSHAKE'] }

  /** Takes what one side has sent; returns the steps that are complete with it. */
  feed(side: Side, bytes: Buffer): Step[] {
    let rest = Buffer.concat([this.#pending[side], bytes])
    const steps: Step[] = []
    for (;;) {
      const name = this.#opening[side][0]
      const length = name === undefined ? messageLength(rest) : this.#openingLength(side, name, rest)
      if (length === null) break
      if (name !== undefined) this.#opening[side].shift()
      const whole = rest.subarray(0, length)
      steps.push({ side, name: name ?? messageName(whole), bytes: whole })
      rest = rest.subarray(length)
    }
    this.#pending[side] = rest
    return steps
  }

  #openingLength(side: Side, name: string, bytes: Buffer): number | null {
    if (name === 'CHOICE') return 4 < bytes.length ? varintEnd(bytes, 4) : null
    if (side === 'client') return bytes.length < 20 ? null : 20
    if (bytes.length < 4) return null
    if (bytes.readUInt32BE(0) !== 0x1ff) return 4
    const count = varintEnd(bytes, 4)
    if (count === null) return null
    const end = varintEnd(bytes, count + 4 * varint(bytes, 4))
    if (end !== null) this.#opening.client.push('CHOICE')
    return end
  }
}

/** Where the base-128 number that begins at `start` ends; null while bytes of it are missing. */
function varintEnd(bytes: Buffer, start: number): number | null {
  const last = bytes.subarray(start).findIndex((byte) => byte < 0x80)
  return last === -1 ? null : start + last + 1
}

function varint(bytes: Buffer, start: number): number {
  let value = 0
  for (let i = start, factor = 1; ; i++, factor *= 128) {
    const byte = bytes[i] as number
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value
  }
}

/** The length of the first message with all of its chunks; null while it is incomplete. */
function messageLength(bytes: Buffer): number | null {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const size = bytes.readUInt16BE(at)
    at += 2 + size
    if (size === 0) return at
  }
  return null
}

function messageName(bytes: Buffer): string {
  if (bytes.length === 2) return 'NOOP'
  const signature = bytes[3] as number
  return names.get(signature) ?? `0x${signature.toString(16)}`
}
