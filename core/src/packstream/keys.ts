/**
 * A cache of map keys. Results repeat the same few property names millions of times, so the bytes of a key are compared with
 * those of the last key of the same hash instead of being decoded again.
 */

import { internalized } from '../platform/internalized.ts'
import { longestShortText, shortText } from './short-text.ts'

const slots = 512
const longestInterned = 48

export class Keys {
  readonly #texts: (string | undefined)[] = new Array(slots).fill(undefined)
  readonly #bytes: Uint8Array[] = new Array(slots).fill(new Uint8Array(0))

  /** The key of `length` bytes from `at`; the caller guarantees that they are there. */
  read(bytes: Buffer, at: number, length: number): string {
    if (length === 0) return ''
    if (length > longestInterned) return bytes.utf8Slice(at, at + length)
    const first = bytes[at] as number
    const middle = bytes[at + (length >> 1)] as number
    const last = bytes[at + length - 1] as number
    const slot = ((length * 31 + first) * 31 + middle * 7 + last) & (slots - 1)
    const known = this.#bytes[slot] as Uint8Array
    if (known.length === length && sameBytes(known, bytes, at, length)) return this.#texts[slot] as string
    const text = internalized(
      length <= longestShortText ? shortText(bytes, at, length) : bytes.utf8Slice(at, at + length),
    )
    this.#texts[slot] = text
    this.#bytes[slot] = new Uint8Array(bytes.subarray(at, at + length))
    return text
  }
}

function sameBytes(known: Uint8Array, bytes: Buffer, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (known[i] !== bytes[at + i]) return false
  return true
}
