/** The options of bookmarks that HTTP requests carry. The tokens themselves are core's, the same for every web framework. */

import { callback, checkedOptions, choice, isGiven, name } from '@boltline/core/options'
import { BookmarkTokens, type BookmarkTokensOptions } from '@boltline/core/web'

/**
 * Options of bookmarks per request. With `secrets` or `trust: 'network'`, a header carries them in requests and responses;
 * without, each request sees only its own writes.
 */
export interface RequestBookmarkOptions extends BookmarkTokensOptions {
  /** The name of the header. Default: `'Boltline-Bookmark'`. */
  readonly header?: string | undefined
  /**
   * Returns the owner of the token, such as the user's id, from Node's request; other users can't use the token. Must be
   * synchronous. When it throws or returns a promise, a request with a token fails, and a response is sent without a token and
   * a warning is logged. Default: every user can use a token.
   */
  readonly bindTo?:
    | ((request: { readonly headers: Readonly<Record<string, unknown>> }) => string | undefined)
    | undefined
  /** What to do with an invalid token: ignore it, or answer 400. Default: `'ignore'`. */
  readonly onInvalid?: 'ignore' | 'reject' | undefined
}

export interface RequestBookmarkSettings {
  /** In lower case. */
  readonly header: string
  /** Seals and opens tokens. Undefined: no token is read from requests or sent in responses. */
  readonly tokens: BookmarkTokens | undefined
  readonly bindTo: RequestBookmarkOptions['bindTo']
  readonly rejects: boolean
}

const KEYS = [
  'header',
  'bindTo',
  'onInvalid',
  'trust',
  'secrets',
  'maxTokens',
  'maxTokenBytes',
  'maxHeaderBytes',
  'ttl',
] as const satisfies readonly (keyof RequestBookmarkOptions)[]

/** @throws ConfigurationError for what is unknown or wrong */
export function checkedRequestBookmarks(given: unknown): RequestBookmarkSettings {
  const options = checkedOptions(given, KEYS, 'bookmarks')
  const { header, bindTo, onInvalid, ...tokens } = options
  const travels = isGiven(tokens.secrets) || tokens.trust === 'network'
  return {
    header: name('bookmarks.header', header, 'Boltline-Bookmark').toLowerCase(),
    tokens: travels ? new BookmarkTokens(tokens as BookmarkTokensOptions) : undefined,
    bindTo: callback('bookmarks.bindTo', bindTo),
    rejects: choice('bookmarks.onInvalid', onInvalid, ['ignore', 'reject'] as const, 'ignore') === 'reject',
  }
}
