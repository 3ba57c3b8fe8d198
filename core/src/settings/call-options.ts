/** Completes the options of a call with those of what surrounds it: the request of a web framework, or a connection's options. */

import type { BookmarkManager } from '../execution/bookmark-manager.ts'
import type { AuthToken } from '../values/auth.ts'
import type { AccessModeInput } from '../values/enums.ts'
import type { ExecuteQueryConfig, SessionConfig } from './session-config.ts'

/** Options that apply where a call gives none of its own. */
export interface CallDefaults {
  readonly mode: AccessModeInput
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Null: the driver's. */
  readonly auth?: AuthToken | null
  /** In ms. */
  readonly timeout?: number | null | undefined
  /** In ms. */
  readonly bookmarkTimeout?: number | null | undefined
  readonly signal?: AbortSignal | undefined
  /** Returns the bookmark manager for the database and access mode of a call that gives none. */
  readonly bookmarkManager: (database: string | null, mode: AccessModeInput) => BookmarkManager | null
}

/** Completes the options of a session. An option that is null or undefined counts as not given. */
export function completeSessionConfig(config: SessionConfig | null | undefined, defaults: CallDefaults): SessionConfig {
  const given = config ?? {}
  const defaultAccessMode = given.defaultAccessMode ?? defaults.mode
  const shared = completed(given, defaults)
  return {
    ...given,
    ...shared,
    defaultAccessMode,
    bookmarkManager: given.bookmarkManager ?? defaults.bookmarkManager(shared.database, defaultAccessMode),
  }
}

/**
 * Completes the options of `executeQuery`. As for the driver, null is a bookmark manager of its own: none. All other options
 * that are null or undefined count as not given.
 */
export function completeQueryConfig(
  config: ExecuteQueryConfig | null | undefined,
  defaults: CallDefaults,
): ExecuteQueryConfig {
  const given = config ?? {}
  const routing = given.routing ?? defaults.mode
  const shared = completed(given, defaults)
  const { bookmarkManager = defaults.bookmarkManager(shared.database, routing) } = given
  return { ...given, ...shared, routing, bookmarkManager }
}

/** The options that sessions and queries have in common. */
function completed(given: Pick<SessionConfig, keyof SessionConfig & keyof ExecuteQueryConfig>, defaults: CallDefaults) {
  return {
    database: given.database ?? defaults.database,
    impersonatedUser: given.impersonatedUser ?? defaults.impersonatedUser,
    auth: given.auth ?? defaults.auth,
    timeout: given.timeout ?? defaults.timeout,
    bookmarkTimeout: given.bookmarkTimeout ?? defaults.bookmarkTimeout,
    signal: given.signal ?? defaults.signal,
  }
}
