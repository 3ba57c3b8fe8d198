/** Where transactions come from: the driver, or in unit tests nowhere. The host above knows scopes and rules alone. */

import type { AccessMode, BookmarkManager, Driver, ResultPromise } from '@boltline/core'
import { untilAborted } from './activity.ts'

/** A transaction that can run queries; the driver ends it. */
export interface OpenTransaction {
  run<Row extends object>(text: string, parameters?: object): ResultPromise<Row>
  /** Why it can run no more queries, or null while it can. */
  readonly failure: Error | null
}

/** What a transaction shall be. */
export interface TransactionRequest {
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly bookmarkManager: BookmarkManager | null
  readonly timeout: number | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  /** Whether failures that may pass are followed by another attempt. */
  readonly retry: boolean
  /** Awaited before the next attempt; what it throws ends the retrying. */
  readonly onRetry: (error: unknown, attempt: number) => unknown
}

export interface PhysicalTransactions {
  /**
   * Does `work` in a transaction: committed when it succeeds, rolled back when it doesn't.
   * @throws what `work` threw, or why the transaction could not be begun or committed
   */
  execute<T>(request: TransactionRequest, work: (transaction: OpenTransaction) => Promise<T>): Promise<T>
}

/** Transactions of a driver. */
export class DriverTransactions implements PhysicalTransactions {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async execute<T>(request: TransactionRequest, work: (transaction: OpenTransaction) => Promise<T>): Promise<T> {
    const { mode, database, impersonatedUser, bookmarkManager, timeout, metadata, signal, onRetry } = request
    const session = this.#driver.session({ defaultAccessMode: mode, database, impersonatedUser, bookmarkManager })
    const config = { timeout, metadata, signal }
    try {
      if (request.retry) {
        const managed = { ...config, onRetry }
        // Awaited here, so that the session is closed afterwards.
        return await (mode === 'READ' ? session.executeRead(work, managed) : session.executeWrite(work, managed))
      }
      const transaction = await session.beginTransaction(config)
      try {
        // What the work waits for besides its queries knows nothing of the signal.
        const value = await untilAborted(work(transaction), signal)
        signal.throwIfAborted()
        // The work may have caught the failure of a query; there is nothing left to commit all the same.
        if (transaction.failure !== null) throw transaction.failure
        await transaction.commit()
        return value
      } finally {
        await transaction.close()
      }
    } finally {
      await session.close()
    }
  }
}
