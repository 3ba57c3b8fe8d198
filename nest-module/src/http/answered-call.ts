/**
 * The call that an error has ended, as logs name it: method and route of an HTTP request, field of a GraphQL operation, pattern
 * of a message. The pattern of a route, not the URL: what a client puts into a path stays out of the log.
 */

import type { ArgumentsHost } from '@nestjs/common'

/** A request of Express or Fastify, as far as its route is concerned. */
interface RoutedRequest {
  readonly method?: string
  /** Express. */
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown }
  /** Fastify. */
  readonly routeOptions?: { readonly url?: string }
}

/** Names the call, for example `GET /people/:id`, `Query.people`, `message "add"`. */
export function nameOfCall(host: ArgumentsHost): string {
  switch (host.getType<string>()) {
    case 'graphql':
      return fieldOf(host)
    case 'rpc':
      return `message ${patternOf(host.switchToRpc().getContext())}`
    case 'ws':
      return `WebSocket event ${JSON.stringify(host.switchToWs().getPattern?.())}`
    default:
      // Hosts that tests make may have no request.
      return routeOf(host.switchToHttp().getRequest?.())
  }
}

/** Method and route of a request of Express or Fastify. */
export function routeOf(request: RoutedRequest | undefined): string {
  if (request === undefined) return '(no request)'
  const { method, baseUrl = '', route, routeOptions } = request
  const path = routeOptions?.url ?? (route === undefined ? '(no route)' : `${baseUrl}${String(route.path)}`)
  return `${method} ${path}`
}

/** The last of a resolver's arguments describes the field. */
function fieldOf(host: ArgumentsHost): string {
  const info = host.getArgByIndex<{ readonly parentType?: unknown; readonly fieldName?: string } | undefined>(3)
  return info?.fieldName === undefined ? 'a GraphQL operation' : `${String(info.parentType)}.${info.fieldName}`
}

function patternOf(context: unknown): string {
  const { getPattern } = (context ?? {}) as { readonly getPattern?: () => unknown }
  return typeof getPattern === 'function' ? JSON.stringify(getPattern.call(context)) : '(no pattern)'
}
