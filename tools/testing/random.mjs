// Numbers that only depend on a seed, for tests that have to be repeatable.

/**
 * A generator of numbers from 0 to 1, without 1 (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
