// Not the global object: fake timers of tests stop its time.
import { performance } from 'node:perf_hooks'

/** Milliseconds on a scale of its own, finer than the clock's: for measurements and polling, never for limits. */
export function stopwatch(): number {
  return performance.now()
}
