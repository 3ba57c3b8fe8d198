import { clock, type Timer } from '../time/clock.ts'

/** How long one attempt runs alone before the next candidate is tried in parallel: RFC 8305's recommendation. */
const STAGGER_MS = 250

/** One candidate that could not be reached. */
export interface FailedAttempt<Candidate> {
  readonly candidate: Candidate
  readonly error: unknown
}

/** How {@link raceInTurn} and the attempt to reach one candidate communicate. */
export interface AttemptControl {
  /** Aborts when another attempt has won or the race was aborted: the attempt must release its resources. */
  readonly signal: AbortSignal
  /** Reports that this attempt makes progress: no other attempt is started unless this one fails. */
  progress(): void
}

/** How a race ended: with a winner, or with all failures in the order of the candidates, without those that were not tried. */
export type RaceOutcome<Candidate, Won> =
  | { readonly won: Won }
  | { readonly failures: readonly FailedAttempt<Candidate>[]; readonly pending: readonly Candidate[] }

/**
 * Tries the candidates in order, each as soon as the previous one has failed or after a delay, and settles with the first that
 * succeeds. If `signal` aborts, settles at once with the failures so far and the attempts that were pending.
 */
export function raceInTurn<Candidate, Won>(
  candidates: readonly Candidate[],
  attempt: (candidate: Candidate, control: AttemptControl) => Promise<Won>,
  signal: AbortSignal,
  discard: (late: Won) => void,
): Promise<RaceOutcome<Candidate, Won>> {
  return new Promise((resolve) => {
    const failures = new Map<Candidate, unknown>()
    const pending = new Set<Candidate>()
    const losers = new AbortController()
    let next = 0
    let stagger: Timer | undefined
    let settled = false

    const settle = (outcome: RaceOutcome<Candidate, Won>): void => {
      settled = true
      clock.clearTimeout(stagger)
      signal.removeEventListener('abort', giveUp)
      losers.abort()
      resolve(outcome)
    }
    const giveUp = (): void => {
      const failed = candidates.filter((candidate) => failures.has(candidate))
      settle({
        failures: failed.map((candidate) => ({ candidate, error: failures.get(candidate) })),
        pending: [...pending],
      })
    }
    const startNext = (): void => {
      clock.clearTimeout(stagger)
      const candidate = candidates[next++]
      if (candidate === undefined) {
        if (pending.size === 0) giveUp()
        return
      }
      pending.add(candidate)
      if (next < candidates.length) stagger = clock.setTimeout(startNext, STAGGER_MS)
      attempt(candidate, { signal: losers.signal, progress: () => clock.clearTimeout(stagger) }).then(
        (won) => (settled ? discard(won) : settle({ won })),
        (error: unknown) => {
          if (settled) return
          pending.delete(candidate)
          failures.set(candidate, error)
          startNext()
        },
      )
    }

    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    startNext()
  })
}
