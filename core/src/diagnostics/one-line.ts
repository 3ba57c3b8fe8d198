/**
 * Escapes text from servers and clients for the log: characters that break a line, move a terminal's cursor or change the direction of
 * writing, so that text from the network cannot forge a log line.
 */

/** The text with its control characters, line separators and direction marks as escapes. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return escapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
