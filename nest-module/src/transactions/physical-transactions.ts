/** Begins and ends transactions: with the driver, or without a database in unit tests. The host adds scopes and rules. */

import type { AccessMode, BookmarkManager, Driver, ResultPromise } from '@boltline/core'

/** A transaction that can run queries; the driver ends it. */
export interface OpenTransaction {
  run<Row extends object>(text: string, parameters?: object): ResultPromise<Row>
  /** The failure after which it runs no more queries; null before. */
  readonly failure: Error | null
}

/** The settings of a transaction to begin. */
export interface TransactionRequest {
  readonly mode: AccessMode
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly bookmarkManager: BookmarkManager | null
  readonly timeout: number | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  /** Whether retryable failures are retried. */
  readonly retry: boolean
  /** Awaited before the next attempt; an error it throws ends the retries. */
  readonly onRetry: (error: unknown, attempt: number) => unknown
}

export interface PhysicalTransactions {
  /**
   * Runs `work` in a transaction; commits when it succeeds, rolls back when it fails.
   * @throws the error of `work`, or why the transaction could not be begun or committed
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
    const { mode, database, impersonatedUser, bookmarkManager, ...config } = request
    const session = this.#driver.session({ database, impersonatedUser, bookmarkManager })
    try {
      // Awaited here, so that the session is closed afterwards.
      return await (mode === 'READ' ? session.executeRead(work, config) : session.executeWrite(work, config))
    } finally {
      await session.close()
    }
  }
}
