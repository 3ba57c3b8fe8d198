/** V8's internalized copy of a string: equal internalized strings are the same object, so comparing them is a pointer comparison. */
export function internalized(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string
}
