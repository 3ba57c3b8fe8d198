/** Names a request in logs by its method and route pattern, without values from the path. */

import type { IncomingMessage } from 'node:http'

interface Routed {
  readonly route?: { readonly path?: unknown }
  readonly baseUrl?: unknown
  readonly params?: unknown
}

/** The mount path of the current router. Express resets it when the router is left. */
export function mountOf(request: IncomingMessage): string {
  const { baseUrl } = request as Routed
  return typeof baseUrl === 'string' ? baseUrl : ''
}

/** The path parameters of the request. */
export function paramsOf(request: IncomingMessage): unknown {
  return (request as Routed).params
}

/**
 * The pattern of the request's route, with the router's mount path.
 * @param mount - the mount path, if it was recorded before the router was left
 */
export function routeOf(request: IncomingMessage, mount = mountOf(request)): string {
  const { route } = request as Routed
  return route === undefined ? '(no route)' : `${mount}${String(route.path)}`
}
