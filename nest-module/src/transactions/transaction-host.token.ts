import type { InjectionToken } from '@nestjs/common'
import { DEFAULT_CONNECTION, tokenOf } from '../injection/names.ts'
import { TransactionHost } from './transaction-host.ts'

/** The token of a connection's {@link TransactionHost}. */
export function getTransactionHostToken(name: string = DEFAULT_CONNECTION): InjectionToken {
  return tokenOf('transaction host', name, TransactionHost)
}
