/** What logs call a request: its method and the pattern of its route, without what the client has put into the path. */

import type { IncomingMessage } from 'node:http'

interface Routed {
  readonly route?: { readonly path?: unknown }
  readonly baseUrl?: unknown
  readonly params?: unknown
}

/** Where the router is mounted that a request has come to; Express forgets it when the router is left. */
export function mountOf(request: IncomingMessage): string {
  const { baseUrl } = request as Routed
  return typeof baseUrl === 'string' ? baseUrl : ''
}

/** What the client has put into the path. */
export function paramsOf(request: IncomingMessage): unknown {
  return (request as Routed).params
}

/** @param mount - where the router of its route is mounted, if that was remembered */
export function routeOf(request: IncomingMessage, mount = mountOf(request)): string {
  const { route } = request as Routed
  return route === undefined ? '(no route)' : `${mount}${String(route.path)}`
}
