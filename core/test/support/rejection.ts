/** What a promise rejects with; undefined when it is fulfilled. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into errors of every kind
export function rejectionOf(promise: PromiseLike<unknown>): Promise<any> {
  return Promise.resolve(promise).then(
    () => undefined,
    (error) => error,
  )
}
