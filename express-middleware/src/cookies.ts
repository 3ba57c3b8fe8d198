/** The one cookie that bookmarks travel in. Express reads and writes no cookies by itself, and a parser for all of them isn't needed. */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** How the cookie is made. */
export interface CookieSettings {
  readonly name: string
  readonly path: string
  readonly domain: string | null
  readonly sameSite: 'strict' | 'lax' | 'none'
  readonly secure: boolean
}

const sameSites = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

/** The value of a cookie; the first where there are several of the name. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const start = `${name}=`
  const pair = request.headers.cookie
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(start))
  return pair?.slice(start.length).replace(/^"(.*)"$/, '$1')
}

/**
 * Adds the cookie to those that the response sets anyway.
 * @param value - empty: the client is to forget it
 */
export function writeCookie(response: ServerResponse, settings: CookieSettings, value: string, maxAgeMs: number): void {
  const { name, path, domain, sameSite, secure } = settings
  const seconds = value === '' ? 0 : Math.floor(maxAgeMs / 1000)
  const parts = [
    `${name}=${value}`,
    ...(Number.isFinite(seconds) ? [`Max-Age=${seconds}`] : []),
    `Path=${path}`,
    ...(domain === null ? [] : [`Domain=${domain}`]),
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSites[sameSite]}`,
  ]
  response.appendHeader('Set-Cookie', parts.join('; '))
}
