/** How the bookmarks of HTTP requests travel. The tokens themselves are core's, the same for every web framework. */

import { callback, checkedOptions, choice, isGiven, name } from '@boltline/core/options'
import { BookmarkTokens, type BookmarkTokensOptions } from '@boltline/core/web'

/**
 * Settings of bookmarks that belong to requests. With `secrets`, or with `trust: 'network'`, they come in and go out by a
 * header; without, each request sees its own writes alone.
 */
export interface RequestBookmarkOptions extends BookmarkTokensOptions {
  /** Default: `'Boltline-Bookmark'`. */
  readonly header?: string | undefined
  /**
   * Returns the owner of the token, such as the id of the user, from Node's request; no other user can use it. Must return at
   * once. Where it throws or returns a promise, a request that brings a token fails, and a token that would go out is left out
   * with a warning. Default: a token can be used by every user.
   */
  readonly bindTo?:
    | ((request: { readonly headers: Readonly<Record<string, unknown>> }) => string | undefined)
    | undefined
  /** What to do with a token that can't be accepted: go on without it, or answer 400. Default: `'ignore'`. */
  readonly onInvalid?: 'ignore' | 'reject' | undefined
}

export interface RequestBookmarkSettings {
  /** In lower case. */
  readonly header: string
  /** Undefined: nothing comes in and nothing goes out. */
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
