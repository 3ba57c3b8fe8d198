/** Calls other services with the request's bookmarks, so that both share one causal chain. */

import type { RequestScope } from './request-scope.ts'

/** Sends the bookmarks of `scope` with requests to `origins`, and adds those of the responses to `scope`. */
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
  // A followed redirect would send the token to an origin that is not in the list.
  const answer = await scope.during(() => fetch(token === null ? request : new Request(request, { redirect: 'error' })))
  scope.exchange.addFromOthers(answer.headers)
  return answer
}
