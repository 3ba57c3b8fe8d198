// What both services are told when they start.

import type { BookmarkOptions } from '@boltline/express'

export interface Settings {
  readonly database: string
  /** Signs the bookmarks that leave a service. Both have the same, or the one couldn't read what the other has signed. */
  readonly bookmarkSecret: string
}

export function bookmarks({ bookmarkSecret }: Settings): BookmarkOptions {
  return { secrets: [bookmarkSecret] }
}
