/**
 * Text of servers and clients in a log: what would break a line, move a terminal's cursor or turn the direction of writing is escaped, so
 * that nothing which comes over the network can pass for another line.
 */

/** The text with its control characters, line separators and direction marks as escapes. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return escapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
