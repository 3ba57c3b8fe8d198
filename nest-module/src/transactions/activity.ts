/** Work in progress: what aborts it, and when it is done. */

import { onAbort } from '@boltline/core/options'

/** Work that a shutdown waits for. */
export interface Activity {
  /** Aborts when any source aborts the work. */
  readonly signal: AbortSignal
  /** Aborts the work. */
  abort(reason: unknown): void
  /** Marks the work as done. */
  done(): void
}

/**
 * An activity that any of several signals aborts. It removes its listeners when it is done; `AbortSignal.any` would leave
 * references on signals that live longer.
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
