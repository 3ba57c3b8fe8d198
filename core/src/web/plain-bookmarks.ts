/** Bare bookmarks in a header: with commas between them, and what a header or cookie can't hold in percent notation. */

const unsafe = /[^!#-$&-+\--:<-[\]-~]/g
const plain = /^(?:[!#-$&-+\--:<-[\]-~]|%[0-7][0-9A-F])+$/

export function writePlainBookmark(bookmark: string): string {
  return bookmark.replace(
    unsafe,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Null for a text that can't have been written by {@link writePlainBookmark}. */
export function readPlainBookmarks(text: string): string[] | null {
  const parts = text.split(',').map((part) => part.trim())
  return parts.every((part) => plain.test(part)) ? parts.map((part) => decodeURIComponent(part)) : null
}
