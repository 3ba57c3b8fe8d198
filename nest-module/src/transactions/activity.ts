/** A piece of work while it goes on: what calls it off, and the end of waiting for it. */

import { onAbort } from '@boltline/core/options'

/** Work that a shutdown waits for. */
export interface Activity {
  /** Aborts when the work is called off, whoever does that. */
  readonly signal: AbortSignal
  /** Calls the work off. */
  abort(reason: unknown): void
  /** Says that the work has ended. */
  done(): void
}

/**
 * An activity that several signals call off. It is one listener of each of them until it is done, so nothing of it stays on
 * signals that live longer, as it would with `AbortSignal.any`.
 */
export function activityOf(signals: Iterable<AbortSignal | undefined>, ended: () => void = () => undefined): Activity {
  const controller = new AbortController()
  const stops: (() => void)[] = []
  for (const signal of signals) {
    if (signal !== undefined) stops.push(onAbort(signal, () => controller.abort(signal.reason)))
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    done: () => {
      for (const stop of stops) stop()
      ended()
    },
  }
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason))
    promise.then(resolve, reject).finally(stop)
  })
}
