/**
 * Rejections that follow from the failure of another query, or of the transaction's connection. The caller learns of that failure
 * once; a promise that repeats it, and that no code waits for any longer, must not end the process.
 */

/** The transaction of a result, as far as it decides whether a rejection repeats its failure. */
export interface FailureScope {
  readonly failure: Error | null
  /** The failure is the loss of the connection, with which all open results reject. */
  readonly lost: boolean
}

/**
 * The same promise to every caller that waits for it. Its rejection counts as handled where it repeats the failure of the
 * transaction; a failure of its own does not.
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
