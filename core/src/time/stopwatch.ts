/** Milliseconds on a scale of its own, finer than the clock's: for figures that nothing but speed depends on. */
export function stopwatch(): number {
  return performance.now()
}
