/** Bookmark managers, with TestKit as supplier and consumer. */

import { Bookmarks, GraphDatabase } from '@boltline/core'
import type { Conversation } from '../conversation.ts'

interface NewBookmarkManager {
  readonly initialBookmarks: readonly string[] | null
  readonly bookmarksSupplierRegistered: boolean
  readonly bookmarksConsumerRegistered: boolean
}

function newBookmarkManager(data: NewBookmarkManager, talk: Conversation): void {
  const supplier = async () => {
    const { bookmarks } = await talk.ask<{ bookmarks: string[] }>('BookmarksSupplierRequest', { bookmarkManagerId: id })
    return Bookmarks.fromRawValues(bookmarks)
  }
  const consumer = async ({ rawValues }: Bookmarks) => {
    await talk.ask('BookmarksConsumerRequest', { bookmarkManagerId: id, bookmarks: rawValues })
  }
  const manager = GraphDatabase.bookmarkManager({
    initialBookmarks: data.initialBookmarks,
    bookmarksSupplier: data.bookmarksSupplierRegistered ? supplier : null,
    bookmarksConsumer: data.bookmarksConsumerRegistered ? consumer : null,
  })
  const id = talk.bookmarkManagers.put(manager)
  talk.respond('BookmarkManager', { id })
}

function bookmarkManagerClose({ id }: { readonly id: number }, talk: Conversation): void {
  talk.bookmarkManagers.delete(id)
  talk.respond('BookmarkManager', { id })
}

export const bookmarkRequests = {
  NewBookmarkManager: newBookmarkManager,
  BookmarkManagerClose: bookmarkManagerClose,
}
