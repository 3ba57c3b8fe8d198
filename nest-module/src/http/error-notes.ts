/**
 * What this package knows about an error besides what the error says: whether the database and the user were chosen by
 * `context`, and which parameters the handler takes unchanged from its caller. Kept beside the errors, not on them, because they
 * are the driver's.
 */

export interface ErrorNotes {
  /** The `context` function chose the database. */
  readonly databaseOfContext?: boolean | undefined
  /** The `context` function chose the user. */
  readonly userOfContext?: boolean | undefined
  /** See `@ClientParameters()`. */
  readonly clientParameters?: readonly string[] | undefined
}

const notes = new WeakMap<object, ErrorNotes>()

/** Adds to what is known about `error`. */
export function addNotes(error: unknown, more: ErrorNotes): void {
  if (typeof error === 'object' && error !== null) notes.set(error, { ...notes.get(error), ...more })
}

/** How far down a chain of causes notes are looked for. */
const DEEPEST_CAUSE = 8

/** What is known about `error`, or about the error that caused it. */
export function notesOf(error: unknown): ErrorNotes {
  let found: ErrorNotes = {}
  let each = error
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof each === 'object' && each !== null; depth++) {
    found = { ...notes.get(each), ...found }
    each = (each as { readonly cause?: unknown }).cause
  }
  return found
}
