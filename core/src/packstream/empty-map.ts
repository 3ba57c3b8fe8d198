/**
 * Objects for maps of known size. The engine gives `{}` room for four properties and keeps the others in a list beside it; an
 * object made by a function gets room for as many as the first objects from that function came to have. So there is a
 * function for each size, which makes ordinary objects: their prototype is that of all plain objects.
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
    // Its properties come later.
  }
  Plain.prototype = Object.prototype
  return Plain as unknown as Empty
}
