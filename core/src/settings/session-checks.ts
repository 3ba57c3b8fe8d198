/** Checks of the settings that sessions, transactions and queries have, and that are no plain words, numbers or functions. */
import { AuthConfigurationError, ConfigurationError } from '../errors/index.ts'
import { type BookmarkManager, isBookmarkManager } from '../execution/bookmark-manager.ts'
import { found } from '../platform/checked-options.ts'
import { type Auth, type AuthToken, toAuth } from '../values/auth.ts'
import { Bookmarks, isBookmarks } from '../values/bookmarks.ts'
import { type AccessMode, toAccessMode } from '../values/enums.ts'
import { transactionMetadata, transactionTimeout } from '../values/query.ts'
import { isAuthManager } from './auth-managers.ts'

export function metadata(_setting: string, value: unknown): Readonly<Record<string, unknown>> | undefined {
  return transactionMetadata(value)
}

export function serverTimeout(_setting: string, value: unknown): number | undefined {
  return transactionTimeout(value)
}

export function accessMode(setting: string, value: unknown): AccessMode {
  return toAccessMode(value, setting)
}

export function bookmarksOf(setting: string, value: unknown): Bookmarks {
  if (value instanceof Bookmarks) return value
  if (isBookmarks(value)) return Bookmarks.fromRawValues(value.rawValues)
  throw new ConfigurationError(
    `${setting} must be Bookmarks, found ${found(value)}; stored ones are read by Bookmarks.fromRawValues`,
  )
}

export function bookmarkManager(setting: string, value: unknown): BookmarkManager {
  if (isBookmarkManager(value)) return value
  throw new ConfigurationError(
    `${setting} must have the methods getBookmarks and updateBookmarks, found ${found(value)}; ` +
      'GraphDatabase.bookmarkManager() makes one',
  )
}

export function sessionAuth(setting: string, value: unknown): Auth {
  if (isAuthManager(value)) {
    throw new AuthConfigurationError(
      `${setting} of a session must be credentials; an AuthManager works for a whole driver`,
    )
  }
  const auth = toAuth(value as AuthToken)
  if (auth.scheme !== 'none') return auth
  throw new AuthConfigurationError(
    `${setting} of a session cannot be the scheme "none"; make a driver without auth and give credentials to its sessions`,
  )
}
