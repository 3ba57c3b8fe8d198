/** The injection tokens of a connection's parts, and the decorators that inject them. */

import { Driver } from '@boltline/core'
import { Inject, type InjectionToken } from '@nestjs/common'
import { BoltlineClient } from '../client/boltline-client.ts'
import { DEFAULT_CONNECTION, tokenOf } from '../injection/names.ts'
import { getTransactionHostToken } from '../transactions/transaction-host.token.ts'

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

/** Injects a connection's transaction host. */
export function InjectTransactionHost(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTransactionHostToken(name))
}
