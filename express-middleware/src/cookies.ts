/** Reads and writes the bookmark cookie. Express parses no cookies itself, and one cookie needs no parser library. */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Attributes of the cookie. */
export interface CookieSettings {
  readonly name: string
  readonly path: string
  readonly domain: string | null
  readonly sameSite: 'strict' | 'lax' | 'none'
  readonly secure: boolean
}

const sameSites = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

/** The value of a cookie; the first one if several have the name. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const start = `${name}=`
  const pair = request.headers.cookie
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(start))
  return pair?.slice(start.length).replace(/^"(.*)"$/, '$1')
}

/**
 * Adds the cookie to the response's `Set-Cookie` headers.
 * @param value - empty: tells the client to delete the cookie
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
