/**
 * Objects for maps of known size. V8 gives `{}` room for four properties and stores the others out of line; an object made by a
 * constructor gets room for as many as the first objects of that constructor had. So there is a constructor for each size; the
 * objects are plain, because their prototype is `Object.prototype`.
 */

type Empty = new () => Record<string, unknown>

const largest = 16

const makers: readonly (Empty | undefined)[] = Array.from({ length: largest + 1 }, (_, size) =>
  size <= 4 ? undefined : maker(),
)

/** An object without properties that is about to get `size` of them. */
export function emptyMap(size: number): Record<string, unknown> {
  const Plain = makers[size]
  return Plain === undefined ? {} : new Plain()
}

function maker(): Empty {
  function Plain(): void {
    // The caller adds the properties.
  }
  Plain.prototype = Object.prototype
  return Plain as unknown as Empty
}
