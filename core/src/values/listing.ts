/** Shortens lists and texts for messages. */

const MOST_ITEMS = 10
const LONGEST_ITEM = 300

/** The first items with commas between them, each cut to a readable length, and how many more there are. */
export function listed(items: readonly string[]): string {
  const shown = items
    .slice(0, MOST_ITEMS)
    .map((item) => shortened(item, LONGEST_ITEM))
    .join(', ')
  const left = items.length - MOST_ITEMS
  return left > 0 ? `${shown} and ${left.toLocaleString('en')} more` : shown
}

/** The text, cut to `longest` characters with an ellipsis at the end. */
export function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
