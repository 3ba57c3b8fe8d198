/** Waits with an end. */

export type Settled<T = unknown> =
  | { readonly status: 'fulfilled'; readonly value: T }
  | { readonly status: 'rejected'; readonly reason: unknown }
  | { readonly status: 'pending' }

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** How a promise settles within `limit` ms. */
export async function settled<T>(promise: Promise<T>, limit: number): Promise<Settled<T>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'pending' }), limit)
  })
  const outcome = promise.then(
    (value): Settled<T> => ({ status: 'fulfilled', value }),
    (reason): Settled<T> => ({ status: 'rejected', reason }),
  )
  const first = await Promise.race([outcome, late])
  clearTimeout(timer)
  return first
}

/** Whether a number becomes 0 within `limit` ms. */
export async function becomesZero(read: () => number, limit: number): Promise<boolean> {
  for (const end = performance.now() + limit; read() !== 0; ) {
    if (performance.now() > end) return false
    await sleep(5)
  }
  return true
}
