/**
 * Parses connection URIs: `scheme://host[:port][?routing context]`. Follows the URI chapter of the Neo4j driver manuals. Errors
 * never contain the URI, since it may hold a user name and a password.
 */
import { isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { ConfigurationError } from '../errors/index.ts'
import { found, nearest } from '../platform/checked-options.ts'
import { Address } from '../values/address.ts'

/** The encryption that a scheme implies: none, with a verified certificate, or with any certificate. */
export type UriSecurity = 'plain' | 'verified' | 'any'

const SCHEMES = {
  bolt: { routing: false, security: 'plain' },
  'bolt+s': { routing: false, security: 'verified' },
  'bolt+ssc': { routing: false, security: 'any' },
  neo4j: { routing: true, security: 'plain' },
  'neo4j+s': { routing: true, security: 'verified' },
  'neo4j+ssc': { routing: true, security: 'any' },
} as const satisfies Record<string, { routing: boolean; security: UriSecurity }>

/** A scheme of a connection URI. */
export type UriScheme = keyof typeof SCHEMES

/** The parts of a connection URI. */
export interface ParsedUri {
  readonly scheme: UriScheme
  /** Whether queries are routed over a cluster. */
  readonly routing: boolean
  readonly security: UriSecurity
  readonly address: Address
  /** The query string; null for schemes that do not route. */
  readonly routingContext: Readonly<Record<string, string>> | null
}

const SCHEME_NAMES = Object.keys(SCHEMES) as UriScheme[]
const DEFAULT_PORT = 7687
const LARGEST_PORT = 65535
const SHAPE = 'a connection URI looks like neo4j://host:7687 or bolt://host:7687'
/** RFC 3986, section 3: scheme, authority, path, query, fragment. */
const PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/is

/**
 * Parses a connection URI.
 *
 * @throws ConfigurationError if the URI is malformed; the message does not contain it
 */
export function parseUri(uri: unknown): ParsedUri {
  if (typeof uri !== 'string') throw new ConfigurationError(`The URI must be a string, found ${found(uri)}; ${SHAPE}`)
  const parts = PARTS.exec(uri)
  if (parts === null) throw new ConfigurationError(`The URI is malformed; ${SHAPE}`)
  const [, rawScheme = '', authority = '', path = '', query, fragment] = parts
  const scheme = parseScheme(rawScheme.toLowerCase())
  if (authority.includes('@')) {
    throw new ConfigurationError('The URI must not hold a user name or password; pass them as the setting auth')
  }
  if (path !== '' && path !== '/') {
    throw new ConfigurationError(
      'The URI must not have a path; the database is chosen by the option database of a session',
    )
  }
  if (fragment !== undefined) throw new ConfigurationError(`The URI must not have a fragment (#…); ${SHAPE}`)
  const { routing, security } = SCHEMES[scheme]
  return Object.freeze({
    scheme,
    routing,
    security,
    address: parseAuthority(authority),
    routingContext: routing ? parseRoutingContext(query ?? '') : refuseQuery(scheme, query ?? ''),
  })
}

function parseScheme(text: string): UriScheme {
  const scheme = SCHEME_NAMES.find((name) => name === text)
  if (scheme !== undefined) return scheme
  throw new ConfigurationError(
    `The URI's scheme ${JSON.stringify(text)} is not supported; did you mean ${nearest(text, SCHEME_NAMES)}://? ` +
      `The schemes are ${SCHEME_NAMES.join(', ')}`,
  )
}

function parseAuthority(authority: string): Address {
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(authority)
  if (parts === null) {
    throw new ConfigurationError(
      `The URI's host is malformed; an IPv6 address is written in brackets: neo4j://[::1]:7687`,
    )
  }
  const [, bracketed, name, port = ''] = parts
  const number = parsePort(port)
  return bracketed === undefined
    ? new Address([parseHost(name ?? ''), number])
    : new Address([parseIPv6(bracketed), number, 0, 0])
}

function parseIPv6(text: string): string {
  // RFC 6874: the percent sign of a zone is itself percent-encoded.
  const host = text.replace('%25', '%')
  if (!isIPv6(host)) throw new ConfigurationError("The URI's host in brackets is not an IPv6 address")
  return host
}

function parseHost(text: string): string {
  if (text === '') throw new ConfigurationError(`The URI has no host; ${SHAPE}`)
  const host = decode(text)
  // Container names have underscores, which domainToASCII accepts. It returns an empty string for an invalid name.
  const ascii = /[\s\p{Cc}/?#@\\<>^|"`{}]/u.test(host) ? '' : domainToASCII(host)
  if (ascii === '') throw new ConfigurationError(`The URI's host is malformed; ${SHAPE}`)
  return ascii
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new ConfigurationError("The URI's host is malformed: a percent sign must be followed by two digits", {
      cause,
    })
  }
}

function parsePort(text: string): number {
  if (text === '') return DEFAULT_PORT
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (port >= 1 && port <= LARGEST_PORT) return port
  throw new ConfigurationError(`The URI's port must be a number from 1 to ${LARGEST_PORT}`)
}

function refuseQuery(scheme: UriScheme, query: string): null {
  if (query === '') return null
  throw new ConfigurationError(
    `The URI has a query string, which is a routing context; ${scheme}:// does not route. Use neo4j:// or leave it out`,
  )
}

function parseRoutingContext(query: string): Readonly<Record<string, string>> {
  const context = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(query)) {
    const shown = JSON.stringify(key)
    if (key === '' || value === '') {
      throw new ConfigurationError(
        `The URI's routing context has ${key === '' ? 'a value without a key' : `no value for ${shown}`}`,
      )
    }
    if (context.has(key)) throw new ConfigurationError(`The URI's routing context has the key ${shown} more than once`)
    if (key === 'address') {
      throw new ConfigurationError(
        `The URI's routing context must not have the key "address"; the driver sets it itself`,
      )
    }
    context.set(key, value)
  }
  return Object.freeze(Object.fromEntries(context))
}
