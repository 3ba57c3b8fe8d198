/**
 * Rejections that repeat the failure of another query of the transaction, or the loss of its connection. The caller gets that
 * failure once. A further promise that rejects with it must not end the process as an unhandled rejection.
 */

/** The state of a transaction that decides whether a rejection repeats its failure. */
export interface FailureScope {
  readonly failure: Error | null
  /** Whether the failure is the loss of the connection, with which all open results reject. */
  readonly lost: boolean
}

/**
 * Returns a promise with the same outcome. Its rejection counts as handled if it repeats the failure of the transaction; any
 * other rejection does not.
 */
export function quietFollowUps<T>(reading: Promise<T>, scope: FailureScope): Promise<T> {
  const quiet = new Promise<T>((resolve, reject) => {
    reading.then(resolve, (error: unknown) => {
      const { failure } = scope
      if (
        error instanceof Error &&
        failure !== null &&
        (error.cause === failure || (scope.lost && error === failure))
      ) {
        quiet.catch(() => undefined)
      }
      reject(error)
    })
  })
  return quiet
}
