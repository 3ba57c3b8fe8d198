// The settings of both services.

import type { BookmarkOptions } from '@boltline/express'

export interface Settings {
  readonly database: string
  /** Signs bookmarks. Both services need the same secret to accept each other's bookmarks. */
  readonly bookmarkSecret: string
}

export function bookmarks({ bookmarkSecret }: Settings): BookmarkOptions {
  return { secrets: [bookmarkSecret] }
}
