/** Calls to other services that take part in the causal chain of a request. */

import type { RequestScope } from './request-scope.ts'

/** Adds the bookmarks of `scope` to calls to `origins`, and those of the answers to `scope`. */
export async function fetchWithBookmarks(
  scope: RequestScope,
  origins: ReadonlySet<string>,
  url: string | URL | Request,
  init?: RequestInit | null,
): Promise<Response> {
  const own = init?.signal ?? (url instanceof Request ? url.signal : undefined)
  const request = new Request(url, { ...init, signal: scope.signalWith(own).signal })
  if (!origins.has(new URL(request.url).origin)) return scope.during(() => fetch(request))
  const token = scope.exchange.tokenForOthers()
  if (token !== null) request.headers.set(token.header, token.text)
  // A redirect would take the token along, wherever it leads.
  const answer = await scope.during(() => fetch(token === null ? request : new Request(request, { redirect: 'error' })))
  scope.exchange.addFromOthers(answer.headers)
  return answer
}
