/**
 * Names the failed call in logs: method and route of an HTTP request, field of a GraphQL operation, pattern of a message. Logs
 * get the pattern of the route, not the URL, because a path may hold client data.
 */

import type { AnsweredRequest } from '@boltline/core/web'
import type { ArgumentsHost } from '@nestjs/common'

/** A request of Express or Fastify, as far as its route is concerned. */
export interface RoutedRequest {
  readonly method?: string | undefined
  /** Express. */
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown }
  /** Fastify. */
  readonly routeOptions?: { readonly url?: string }
}

/** Names the call, for example `GET /people/:id`, `GraphQL Query.people`, `message "add"`. */
export function answeredCall(host: ArgumentsHost): AnsweredRequest {
  switch (host.getType<string>()) {
    case 'graphql':
      return { method: 'GraphQL', route: fieldOf(host) }
    case 'rpc':
      return { method: 'message', route: patternOf(host.switchToRpc().getContext()) }
    case 'ws':
      return { method: 'WebSocket event', route: JSON.stringify(host.switchToWs().getPattern?.()) }
    default:
      // Hosts that tests make may have no request.
      return answeredRequest(host.switchToHttp().getRequest?.())
  }
}

/** Method and route of a request of Express or Fastify. */
export function answeredRequest(request: RoutedRequest | undefined): AnsweredRequest {
  if (request === undefined) return { method: '(no method)', route: '(no request)' }
  const { method = '(no method)', baseUrl = '', route, routeOptions } = request
  return {
    method,
    route: routeOptions?.url ?? (route === undefined ? '(no route)' : `${baseUrl}${String(route.path)}`),
  }
}

/** The last of a resolver's arguments describes the field. */
function fieldOf(host: ArgumentsHost): string {
  const info = host.getArgByIndex<{ readonly parentType?: unknown; readonly fieldName?: string } | undefined>(3)
  return info?.fieldName === undefined ? '(no field)' : `${String(info.parentType)}.${info.fieldName}`
}

function patternOf(context: unknown): string {
  const { getPattern } = (context ?? {}) as { readonly getPattern?: () => unknown }
  return typeof getPattern === 'function' ? JSON.stringify(getPattern.call(context)) : '(no pattern)'
}
