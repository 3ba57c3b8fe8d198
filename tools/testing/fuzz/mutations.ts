/** What is done to messages on their way: as a whole, in their framing, byte by byte. */

import type { Chance } from './chance.ts'

/** Drops, repeats, swaps and adds messages. */
export function shuffled(messages: readonly Buffer[], chance: Chance, other: () => Buffer): Buffer[] {
  const result = [...messages]
  for (let i = chance.pick([0, 0, 1, 1, 2]); i > 0 && result.length > 0; i--) {
    const at = chance.below(result.length)
    switch (chance.below(5)) {
      case 0:
        result.splice(at, 1)
        break
      case 1:
        result.splice(at, 0, result[at] as Buffer)
        break
      case 2: {
        const to = chance.below(result.length)
        const moved = result[at] as Buffer
        result[at] = result[to] as Buffer
        result[to] = moved
        break
      }
      case 3:
        result[at] = other()
        break
      default:
        result.splice(at, 0, other())
    }
  }
  return result
}

/** The messages in chunks of any size, with signs of life in between, and seldom with a wrong length. */
export function framed(messages: readonly Buffer[], chance: Chance): Buffer {
  const parts: Buffer[] = []
  const damaged = chance.oneIn(12)
  for (const message of messages) {
    if (chance.oneIn(20)) parts.push(Buffer.alloc(2))
    const most = chance.oneIn(4) ? 1 + chance.below(40) : 65_535
    for (let at = 0; at < message.length; at += most) {
      const chunk = message.subarray(at, at + most)
      const length = damaged && chance.oneIn(4) ? chance.below(65_536) : chunk.length
      parts.push(Buffer.from([length >> 8, length & 0xff]), chunk)
    }
    if (!damaged || !chance.oneIn(6)) parts.push(Buffer.alloc(2))
  }
  return Buffer.concat(parts)
}

/** STRING_32, LIST_32, MAP_32, BYTES_32 and a reserved one. */
const largeMarkers = [0xd2, 0xd6, 0xda, 0xce, 0xdf]

/** Half of the streams stay as they are; in the others a few bytes are changed, removed, added or cut off. */
export function damaged(bytes: Buffer, chance: Chance): Buffer {
  let result = bytes
  for (let i = chance.pick([0, 0, 0, 1, 2, 4]); i > 0 && result.length > 2; i--) {
    const at = chance.below(result.length)
    switch (chance.below(5)) {
      case 0:
        result[at] = chance.below(256)
        break
      case 1:
        result[at] = (result[at] as number) ^ (1 << chance.below(8))
        break
      case 2:
        result = result.subarray(0, at)
        break
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + chance.below(8))])
        break
      default:
        Buffer.from([chance.pick(largeMarkers), 0x7f, 0xff, 0xff, 0xff]).copy(result, at)
    }
  }
  return result
}

/** The pieces in which bytes arrive. */
export function* pieces(bytes: Buffer, chance: Chance): Generator<Buffer> {
  const most = chance.oneIn(2) ? bytes.length : 1 + chance.below(200)
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(1 + chance.below(most), bytes.length - at)
    yield bytes.subarray(at, at + size)
    at += size
  }
}
