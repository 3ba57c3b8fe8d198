/** Edits of a text at positions of the original's tokens. */

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Maps a position in an edited text to the original; for one inside new text, the start of the edit. */
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

/** Applies edits to a text. @param edits - edits that don't overlap */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
