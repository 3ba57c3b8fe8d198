/** PackStream values as bytes: of every kind, in every width, with structures that exist and those that don't, and some that lie. */

import type { Chance } from './chance.ts'

/** Bytes that grow. */
export class Writer {
  #buffer = Buffer.alloc(4096)
  #at = 0

  byte(...bytes: readonly number[]): this {
    this.#reserve(bytes.length)
    for (const byte of bytes) this.#buffer[this.#at++] = byte
    return this
  }

  number(size: 1 | 2 | 4, value: number): this {
    this.#reserve(size)
    this.#at = this.#buffer.writeUIntBE(value % 2 ** (8 * size), this.#at, size)
    return this
  }

  float(value: number): this {
    this.#reserve(9)
    this.#buffer[this.#at++] = 0xc1
    this.#at = this.#buffer.writeDoubleBE(value, this.#at)
    return this
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
    return this
  }

  /** The header of a list, map, string or byte array, in the narrowest width or a wider one. */
  header(kind: { readonly tiny: number | null; readonly wide: number }, length: number, widen: number): this {
    if (kind.tiny !== null && length < 16 && widen === 0) return this.byte(kind.tiny + length)
    const width = Math.max(length < 0x100 ? 0 : length < 0x10000 ? 1 : 2, Math.min(widen, 2))
    return this.byte(kind.wide + width).number([1, 2, 4][width] as 1 | 2 | 4, length)
  }

  text(text: string, widen = 0): this {
    const bytes = Buffer.from(text)
    return this.header(kinds.string, bytes.length, widen).raw(bytes)
  }

  /** All that was written, which is forgotten here. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#at))
    this.#at = 0
    return taken
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#buffer.length) return
    const larger = Buffer.alloc((this.#at + size) * 2)
    this.#buffer.copy(larger)
    this.#buffer = larger
  }
}

export const kinds = {
  string: { tiny: 0x80, wide: 0xd0 },
  bytes: { tiny: null, wide: 0xcc },
  list: { tiny: 0x90, wide: 0xd4 },
  map: { tiny: 0xa0, wide: 0xd8 },
} as const

const texts = [
  '',
  'a',
  'name',
  'Person',
  'some forty letters, which is no short text',
  'ä🎈',
  '__proto__',
  'Europe/Berlin',
  'x\n',
]
const keys = ['a', 'b', 'name', '__proto__', 'constructor', '']
/** Node, Relationship, Path, dates and times, Duration, points, Vector, Unsupported, and some that don't exist. */
const structures: readonly (readonly [tag: number, size: number])[] = [
  [0x4e, 4],
  [0x4e, 3],
  [0x52, 8],
  [0x52, 5],
  [0x50, 3],
  [0x72, 4],
  [0x44, 1],
  [0x54, 2],
  [0x74, 1],
  [0x64, 2],
  [0x49, 3],
  [0x69, 3],
  [0x46, 3],
  [0x66, 3],
  [0x45, 4],
  [0x58, 3],
  [0x59, 4],
  [0x56, 2],
  [0x3f, 4],
  [0x00, 0],
  [0x71, 1],
]

/** One value. The deeper, the fewer containers. */
export function value(writer: Writer, chance: Chance, depth = 0): void {
  const kind = chance.below(depth > 6 ? 7 : 12)
  switch (kind) {
    case 0:
      writer.byte(chance.below(256) & 0x7f)
      break
    case 1:
      writer.byte(chance.pick([0xc0, 0xc2, 0xc3, 0xf0, 0xff]))
      break
    case 2:
      integer(writer, chance)
      break
    case 3:
      writer.float(chance.pick([0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]))
      break
    case 4:
    case 5:
      if (chance.oneIn(30)) writer.header(kinds.string, 3, 1).byte(0xff, 0xfe, 0xc0)
      else writer.text(chance.pick(texts), chance.oneIn(8) ? chance.below(3) : 0)
      break
    case 6:
      if (chance.oneIn(40)) lie(writer, chance)
      else if (chance.oneIn(4)) writer.byte(0xe0).raw(Buffer.alloc(16, chance.below(256)))
      else writer.header(kinds.bytes, 5, chance.below(3)).raw(Buffer.from('bytes'))
      break
    case 7:
    case 8: {
      if (chance.oneIn(60)) return nest(writer, chance)
      const size = chance.oneIn(50) ? chance.below(2_000) : chance.below(5)
      writer.header(kinds.list, size, chance.oneIn(10) ? chance.below(3) : 0)
      for (let i = 0; i < size; i++) {
        if (size > 20) writer.byte(chance.pick([0xa0, 0x90, 0x01, 0x80]))
        else value(writer, chance, depth + 1)
      }
      break
    }
    case 9:
      map(writer, chance, depth)
      break
    default:
      structure(writer, chance, depth)
  }
}

function integer(writer: Writer, chance: Chance): void {
  const width = chance.below(4)
  writer.byte(0xc8 + width)
  const size = 1 << width
  for (let i = 0; i < size; i++) writer.byte(i > 3 && chance.oneIn(3) ? 0 : chance.below(256))
}

function map(writer: Writer, chance: Chance, depth: number): void {
  const size = chance.below(5)
  writer.header(kinds.map, size, chance.oneIn(10) ? chance.below(3) : 0)
  for (let i = 0; i < size; i++) {
    if (chance.oneIn(100)) value(writer, chance, 7)
    else writer.text(chance.pick(keys))
    value(writer, chance, depth + 1)
  }
}

function structure(writer: Writer, chance: Chance, depth: number): void {
  const [tag, usual] = chance.pick(structures)
  const size = chance.oneIn(12) ? chance.below(16) : usual
  writer.byte(0xb0 + size, tag)
  for (let i = 0; i < size; i++) {
    // Most fields are numbers; what a node or a path needs comes in where chance has it.
    if (tag === 0x4e || tag === 0x52 || tag === 0x72) entityField(writer, chance, i, depth)
    else if (tag === 0x50) pathField(writer, chance, i)
    else if (chance.oneIn(6)) value(writer, chance, depth + 2)
    else if ((tag === 0x66 || tag === 0x69) && i === 2) writer.text('Europe/Berlin')
    else if (tag === 0x58 || tag === 0x59) i === 0 ? writer.byte(0xc9, 0x10, 0xe6) : writer.float(i)
    else writer.byte(chance.below(60))
  }
}

function entityField(writer: Writer, chance: Chance, i: number, depth: number): void {
  if (chance.oneIn(20)) value(writer, chance, depth + 2)
  else if (i === 0) writer.byte(7)
  else if (i === 1) writer.byte(0x91).text('Person')
  else if (i === 2) map(writer, chance, depth + 2)
  else writer.text('4:x:7')
}

function pathField(writer: Writer, chance: Chance, i: number): void {
  if (chance.oneIn(10)) value(writer, chance, 5)
  else if (i === 0) {
    writer.byte(0x92)
    for (let n = 0; n < 2; n++) writer.byte(0xb4, 0x4e, n, 0x91).text('A').byte(0xa0).text(`4:x:${n}`)
  } else if (i === 1) writer.byte(0x91, 0xb4, 0x72, 9).text('R').byte(0xa0).text('5:x:9')
  else writer.byte(0x92, chance.pick([1, 1, 1, 0xff, 0, 2]), chance.pick([1, 1, 1, 0, 2]))
}

/** Containers within containers, as deep as the limit or deeper. */
function nest(writer: Writer, chance: Chance): void {
  const depth = chance.pick([5, 50, 900, 1_001, 1_500])
  const [header, tag] = chance.pick(
    [[0x91], [0xb1, 0x44], [0xb1, 0x99], [0xa1, 0x81, 0x61]].map((bytes) => [Buffer.from(bytes), 0] as const),
  )
  for (let i = 0; i < depth; i++) writer.raw(header)
  writer.byte(tag)
}

/** A header that claims more than there is, or a marker that doesn't exist. */
function lie(writer: Writer, chance: Chance): void {
  if (chance.oneIn(3)) writer.byte(chance.pick([0xc4, 0xc7, 0xcf, 0xd3, 0xd7, 0xdb, 0xdf, 0xe1, 0xef]))
  else
    writer
      .byte(chance.pick([0xce, 0xd2, 0xd6, 0xda]))
      .number(4, chance.pick([0xffffffff, 0x7fffffff, 0x00ffffff, 100_000]))
}
