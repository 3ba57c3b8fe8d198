import { clock, type Timer } from '../time/clock.ts'

/** How long one attempt stays alone before the next candidate is tried beside it: RFC 8305's recommendation. */
const STAGGER_MS = 250

/** One candidate that could not be reached. */
export interface FailedAttempt<Candidate> {
  readonly candidate: Candidate
  readonly error: unknown
}

/** What {@link raceInTurn} needs to know of one way to reach one candidate. */
export interface AttemptControl {
  /** Aborted when another attempt won or the race was called off: release everything. */
  readonly signal: AbortSignal
  /** Tells that this attempt is getting somewhere, so no other is started unless it fails after all. */
  progress(): void
}

/** How a race ended: with a winner, or with every failure in the order of the candidates, unreached ones left out. */
export type RaceOutcome<Candidate, Won> =
  | { readonly won: Won }
  | { readonly failures: readonly FailedAttempt<Candidate>[]; readonly pending: readonly Candidate[] }

/**
 * Tries candidates one after another, each next one as soon as the one before failed or after a stagger, and settles with
 * the first that succeeds. When `signal` aborts, settles at once with what had failed and what was still being tried.
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
