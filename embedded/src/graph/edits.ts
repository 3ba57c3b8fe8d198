/** Changes of a text at places that are known by the tokens of the original. */

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Where a place in an edited text was before; for one inside of new text, where that begins. */
export function originalPlace(edits: readonly Edit[], place: number): number {
  let shift = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const begins = edit.start + shift
    if (place < begins) break
    if (place < begins + edit.text.length) return edit.start
    shift += edit.text.length - (edit.end - edit.start)
  }
  return place - shift
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
