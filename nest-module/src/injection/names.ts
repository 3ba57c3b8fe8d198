/**
 * Names of connections and their tokens. The default connection uses classes as tokens, so a constructor's types are
 * enough. Named connections use registered symbols, so that two copies of this package share them. Each symbol's description
 * says how to register its provider, because Nest quotes the token when the provider is missing.
 */

import type { InjectionToken } from '@nestjs/common'

/** The name of the connection that needs none. */
export const DEFAULT_CONNECTION = 'default'

/** How a connection is registered, for messages. */
export function registration(name: string): string {
  return name === DEFAULT_CONNECTION
    ? 'BoltlineModule.forRoot({ uri, … })'
    : `BoltlineModule.forRoot({ name: '${name}', uri, … })`
}

/** The token of a connection's part; `forDefault` is the class that stands for the part of the default connection. */
export function tokenOf(part: string, name: string, forDefault?: InjectionToken): InjectionToken {
  if (name === DEFAULT_CONNECTION && forDefault !== undefined) return forDefault
  return Symbol.for(`the ${part} of ${registration(name)}`)
}
