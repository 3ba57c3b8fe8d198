/**
 * Decodes short ASCII strings.
 *
 * For names, codes and keys a call into the runtime costs more than the decoding, so each length has an expression of its own
 * that stays inside compiled code. Longer strings, and those that are not ASCII, use the runtime's UTF-8 decoder.
 */

export const longestShortText = 16

const chars = String.fromCharCode

/** The text of `length` bytes from `at`; the caller guarantees that they are there and that `length` is 1 to 16. */
export function shortText(bytes: Buffer, at: number, length: number): string {
  switch (length) {
    case 1: {
      const a = bytes[at] as number
      if (a < 0x80) return chars(a)
      break
    }
    case 2: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      if ((a | b) < 0x80) return chars(a, b)
      break
    }
    case 3: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      if ((a | b | c) < 0x80) return chars(a, b, c)
      break
    }
    case 4: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      if ((a | b | c | d) < 0x80) return chars(a, b, c, d)
      break
    }
    case 5: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      if ((a | b | c | d | e) < 0x80) return chars(a, b, c, d, e)
      break
    }
    case 6: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      if ((a | b | c | d | e | f) < 0x80) return chars(a, b, c, d, e, f)
      break
    }
    case 7: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      if ((a | b | c | d | e | f | g) < 0x80) return chars(a, b, c, d, e, f, g)
      break
    }
    case 8: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      if ((a | b | c | d | e | f | g | h) < 0x80) return chars(a, b, c, d, e, f, g, h)
      break
    }
    case 9: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      if ((a | b | c | d | e | f | g | h | i) < 0x80) return chars(a, b, c, d, e, f, g, h, i)
      break
    }
    case 10: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      if ((a | b | c | d | e | f | g | h | i | j) < 0x80) return chars(a, b, c, d, e, f, g, h, i, j)
      break
    }
    case 11: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      if ((a | b | c | d | e | f | g | h | i | j | k) < 0x80) return chars(a, b, c, d, e, f, g, h, i, j, k)
      break
    }
    case 12: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      const l = bytes[at + 11] as number
      if ((a | b | c | d | e | f | g | h | i | j | k | l) < 0x80) return chars(a, b, c, d, e, f, g, h, i, j, k, l)
      break
    }
    case 13: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      const l = bytes[at + 11] as number
      const m = bytes[at + 12] as number
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m) < 0x80)
        return chars(a, b, c, d, e, f, g, h, i, j, k, l, m)
      break
    }
    case 14: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      const l = bytes[at + 11] as number
      const m = bytes[at + 12] as number
      const n = bytes[at + 13] as number
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n) < 0x80)
        return chars(a, b, c, d, e, f, g, h, i, j, k, l, m, n)
      break
    }
    case 15: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      const l = bytes[at + 11] as number
      const m = bytes[at + 12] as number
      const n = bytes[at + 13] as number
      const o = bytes[at + 14] as number
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o) < 0x80)
        return chars(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
      break
    }
    case 16: {
      const a = bytes[at] as number
      const b = bytes[at + 1] as number
      const c = bytes[at + 2] as number
      const d = bytes[at + 3] as number
      const e = bytes[at + 4] as number
      const f = bytes[at + 5] as number
      const g = bytes[at + 6] as number
      const h = bytes[at + 7] as number
      const i = bytes[at + 8] as number
      const j = bytes[at + 9] as number
      const k = bytes[at + 10] as number
      const l = bytes[at + 11] as number
      const m = bytes[at + 12] as number
      const n = bytes[at + 13] as number
      const o = bytes[at + 14] as number
      const p = bytes[at + 15] as number
      if ((a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p) < 0x80)
        return chars(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
      break
    }
  }
  return bytes.utf8Slice(at, at + length)
}
