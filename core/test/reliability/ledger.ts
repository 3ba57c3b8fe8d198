/**
 * What was promised about writes, and whether the database keeps to it. A write makes nodes `(:Proof {key})` with keys of its own;
 * its outcome says how often each of them may be there.
 */

import { type Driver, IncompleteCommit } from '../../src/index.ts'

/** How a write ended for its caller, and with it what the database may hold. */
export type Outcome =
  /** Fulfilled: once. */
  | 'acknowledged'
  /** `IncompleteCommit`, or an auto-commit query without its summary: once or not at all, the same for all keys of the write. */
  | 'in doubt'
  /** Rejected otherwise, or never committed: not at all. */
  | 'refused'
  /** Not settled. */
  | 'open'

export interface Write {
  readonly keys: readonly string[]
  outcome: Outcome
}

export class Ledger {
  readonly label: string
  readonly #writes: Write[] = []

  constructor(label: string) {
    this.label = label
  }

  /** How many writes ended like this. */
  count(outcome: Outcome): number {
    return this.#writes.filter((write) => write.outcome === outcome).length
  }

  /** Runs a write that is a transaction, and notes how it ends. */
  async transaction<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#noted(keys, work, (error) => (error instanceof IncompleteCommit ? 'in doubt' : 'refused'))
  }

  /** Runs an auto-commit query, whose fate is unknown when its connection is lost. */
  async autoCommit<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#noted(keys, work, () => 'in doubt')
  }

  /** Notes keys that nothing may write. */
  never(keys: readonly string[]): void {
    this.#writes.push({ keys, outcome: 'refused' })
  }

  async #noted<T>(keys: readonly string[], work: () => Promise<T>, outcomeOf: (error: unknown) => Outcome): Promise<T> {
    const write: Write = { keys, outcome: 'open' }
    this.#writes.push(write)
    try {
      const value = await work()
      write.outcome = 'acknowledged'
      return value
    } catch (error) {
      write.outcome = outcomeOf(error)
      throw error
    }
  }

  /** Compares with the database: writes that are lost, and writes that are there too often or against their outcome. */
  async compare(driver: Driver): Promise<{ readonly lost: string[]; readonly doubled: string[] }> {
    const { records } = await driver.executeQuery(
      `MATCH (n:${this.label}) RETURN n.key AS key, count(n) AS times`,
      {},
      { routing: 'READ' },
    )
    const times = new Map(records.map((record) => [record.get('key') as string, record.get('times') as number]))
    const [lost, doubled]: [string[], string[]] = [[], []]
    for (const { keys, outcome } of this.#writes) {
      const counts = keys.map((key) => times.get(key) ?? 0)
      const [most, least] = [Math.max(...counts), Math.min(...counts)]
      const found = `${keys[0]} (${keys.length} keys): ${outcome}, there ${least === most ? most : `${least} to ${most}`} times`
      if (outcome === 'acknowledged' && least === 0) lost.push(found)
      else if (most > 1 || least !== most || (outcome === 'refused' && most > 0)) doubled.push(found)
    }
    return { lost, doubled }
  }
}
