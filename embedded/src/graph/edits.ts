/** Changes of a text at places that are known by the tokens of the original. */

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** @param edits - of places that don't overlap */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
