/** Runs tests on a real database without leaving data behind. */

import { runSealed, type TransactionHost } from '../transactions/transaction-host.ts'
import type { TransactionOptions } from '../transactions/transaction-options.ts'

/**
 * Runs `fn` in a transaction that is always rolled back. Transactional methods of this host join it; a call with
 * `requiresNew`, which would commit independently, rejects with `PoolDepthError`.
 *
 * @example
 * ```ts
 * it('places orders', () => runInRollback(app.get(TransactionHost), async () => {
 *   const id = await orders.place(order)
 *   expect(await orders.byId(id)).toMatchObject(order)
 * }))
 * ```
 */
export function runInRollback<T>(
  host: TransactionHost,
  fn: () => Promise<T> | T,
  options: Omit<TransactionOptions, 'propagation'> = {},
): Promise<T> {
  return runSealed(host, { retry: false, initiator: 'runInRollback', ...options }, async () => {
    host.setRollbackOnly('the end of a test')
    return fn()
  })
}
