/**
 * Rejections that follow from another query's failure. Whoever meets that one knows what is wrong; a promise that only says so
 * once more, and that nobody looks at any longer, must not end the process.
 */

/**
 * The same promise to whoever waits for it. Where the failure of the transaction is the cause of its rejection, it counts as
 * handled; a failure of its own does not.
 */
export function quietFollowUps<T>(reading: Promise<T>, scope: { readonly failure: Error | null }): Promise<T> {
  const quiet = new Promise<T>((resolve, reject) => {
    reading.then(resolve, (error: unknown) => {
      if (error instanceof Error && scope.failure !== null && error.cause === scope.failure) {
        quiet.catch(() => undefined)
      }
      reject(error)
    })
  })
  return quiet
}
