/** Unsigned bookmarks in a header or cookie: separated by commas, with characters that are not allowed there percent-encoded. */

const unsafe = /[^!#-$&-+\--:<-[\]-~]/g
const plain = /^(?:[!#-$&-+\--:<-[\]-~]|%[0-7][0-9A-F])+$/

export function writePlainBookmark(bookmark: string): string {
  return bookmark.replace(
    unsafe,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Returns null if {@link writePlainBookmark} cannot have written the text. */
export function readPlainBookmarks(text: string): string[] | null {
  const parts = text.split(',').map((part) => part.trim())
  return parts.every((part) => plain.test(part)) ? parts.map((part) => decodeURIComponent(part)) : null
}
