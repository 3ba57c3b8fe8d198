/**
 * A cache of label lists. Many nodes have the same labels, so lists are compared by their bytes, and each distinct list is decoded
 * and frozen once.
 */

import type { Unpacker } from '../../packstream/unpack.ts'
import { Mismatch } from '../../packstream/unpack.ts'

const slots = 64
const longest = 256

interface Known {
  readonly bytes: Uint8Array
  readonly labels: readonly string[]
}

export class Labels {
  readonly #known: (Known | undefined)[] = new Array(slots).fill(undefined)

  read(unpacker: Unpacker): readonly string[] {
    const source = unpacker.source
    const start = unpacker.position
    const slot = hashAt(source, start)
    const known = this.#known[slot]
    if (known !== undefined && startsWith(source, start, known.bytes)) {
      unpacker.rewind(start + known.bytes.length)
      return known.labels
    }
    const labels = readLabels(unpacker)
    const length = unpacker.position - start
    if (length <= longest) {
      this.#known[slot] = { bytes: new Uint8Array(source.subarray(start, start + length)), labels }
    }
    return labels
  }
}

function readLabels(unpacker: Unpacker): readonly string[] {
  const value = unpacker.value()
  if (!Array.isArray(value) || !value.every((label) => typeof label === 'string')) {
    throw new Mismatch('expected a list of labels')
  }
  return Object.freeze([...new Set(value as string[])])
}

function hashAt(source: Buffer, start: number): number {
  return (
    ((source[start] ?? 0) * 31 +
      (source[start + 1] ?? 0) * 17 +
      (source[start + 2] ?? 0) * 5 +
      (source[start + 4] ?? 0)) &
    (slots - 1)
  )
}

/** Well-formed lists are self-delimiting: where the bytes of one stand, no other list can begin. */
function startsWith(source: Buffer, start: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (source[start + i] !== bytes[i]) return false
  return true
}
