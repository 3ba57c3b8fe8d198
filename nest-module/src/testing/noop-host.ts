/** Transactions without a database, for unit tests of transactional classes. */

import type { ResultPromise } from '@boltline/core'
import { ResultPromise as Rejectable } from '@boltline/core'
import { NoTransactionError } from '../errors.ts'
import { DEFAULT_CONNECTION } from '../injection/names.ts'
import { activityOf } from '../transactions/activity.ts'
import type { OpenTransaction, PhysicalTransactions } from '../transactions/physical-transactions.ts'
import { type TransactionHost, transactionHostOf } from '../transactions/transaction-host.ts'
import { hostProperties } from '../transactions/transactional.decorator.ts'

const nowhere: OpenTransaction = {
  run<Row extends object>(): ResultPromise<Row> {
    return new Rejectable<Row>((_resolve, reject) => {
      reject(
        new NoTransactionError(
          'A query was run with the no-op transaction host, which has no database. Give the class under test a stand-in for BoltlineClient, or use BoltlineTestingModule.forScripted()',
        ),
      )
    })
  },
  failure: null,
}

const noTransactions: PhysicalTransactions = { execute: async (_request, work) => work(nowhere) }

/**
 * A host that applies all rules of transactions (propagation, hooks, rollback-only, ended scopes) without a database.
 *
 * @example
 * ```ts
 * const orders = withTransactionHost(new Orders(fakeClient), noopTransactionHost())
 * await orders.place(order)
 * ```
 */
export function noopTransactionHost(name: string = DEFAULT_CONNECTION): TransactionHost {
  return transactionHostOf({
    name,
    transactions: noTransactions,
    defaults: { mode: 'WRITE', timeout: undefined, retry: false, onJoinMismatch: 'ignore' },
    logger: console,
    poolSize: () => Number.POSITIVE_INFINITY,
    place: async () => ({ database: null, impersonatedUser: null, bookmarkManager: null, metadata: {} }),
    abort: true,
    streams: undefined,
    enter: (_initiator, signals) => activityOf(signals),
  })
}

/**
 * Injects `host` for the decorators of an instance that Nest did not create, and returns the instance. When its methods use
 * several connections, all of them get this host.
 */
export function withTransactionHost<Instance extends object>(instance: Instance, host: TransactionHost): Instance {
  for (const property of hostProperties(instance)) Object.defineProperty(instance, property, { value: host })
  return instance
}
