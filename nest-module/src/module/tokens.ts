/**
 * The injection tokens of a connection's parts. The default connection uses classes as tokens, so a constructor's types are
 * enough. Named connections use registered symbols, so that two copies of this package share them. Each symbol's description
 * says how to register its provider, because Nest quotes the token when the provider is missing.
 */

import { Driver } from '@boltline/core'
import { Inject, type InjectionToken } from '@nestjs/common'
import { BoltlineClient } from '../client/boltline-client.ts'
import { TransactionHost } from '../transactions/transaction-host.ts'

/** The name of the connection that needs none. */
export const DEFAULT_CONNECTION = 'default'

/** How a connection is registered, for messages. */
export function registration(name: string): string {
  return name === DEFAULT_CONNECTION
    ? 'BoltlineModule.forRoot({ uri, … })'
    : `BoltlineModule.forRoot({ name: '${name}', uri, … })`
}

function tokenOf(part: string, name: string, forDefault?: InjectionToken): InjectionToken {
  if (name === DEFAULT_CONNECTION && forDefault !== undefined) return forDefault
  return Symbol.for(`the ${part} of ${registration(name)}`)
}

/**
 * The token of a connection's driver.
 *
 * @example
 * ```ts
 * const driver = app.get<Driver>(getDriverToken('audit'))
 * ```
 */
export function getDriverToken(name: string = DEFAULT_CONNECTION): InjectionToken {
  return tokenOf('driver', name, Driver)
}

/** The token of a connection's {@link BoltlineClient}. */
export function getClientToken(name: string = DEFAULT_CONNECTION): InjectionToken {
  return tokenOf('client', name, BoltlineClient)
}

/** The token of a connection's {@link TransactionHost}. */
export function getTransactionHostToken(name: string = DEFAULT_CONNECTION): InjectionToken {
  return tokenOf('transaction host', name, TransactionHost)
}

/** The token of what holds a connection together, for this package's own use. */
export function connectionToken(name: string): InjectionToken {
  return tokenOf('connection', name)
}

/** The token of a connection's checked options, for this package's own use. */
export function optionsToken(name: string): InjectionToken {
  return tokenOf('options', name)
}

/**
 * Injects a connection's driver. The default connection's is injected by its type as well.
 *
 * @example
 * ```ts
 * constructor(@InjectDriver('audit') private readonly audit: Driver) {}
 * ```
 */
export function InjectDriver(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getDriverToken(name))
}

/** Injects a connection's {@link BoltlineClient}, which takes part in the open transaction. */
export function InjectBoltline(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getClientToken(name))
}

/** Injects a connection's {@link TransactionHost}. */
export function InjectTransactionHost(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTransactionHostToken(name))
}
