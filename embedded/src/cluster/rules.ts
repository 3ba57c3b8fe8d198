/** What a cluster was told to do with queries. */

import { ServerFailure } from '../front/query-handler.ts'
import type { Row } from '../scripted/rows.ts'

type Parameters = Readonly<Record<string, unknown>>

/** One rule: what a query does with the log. */
export interface ClusterRule {
  readonly kind: 'writes' | 'reads'
  readonly answer: (log: unknown[], parameters: Parameters) => readonly Row[]
}

/** What to do with a query of a cluster. */
export interface ClusterExpectation {
  /** Appends to the log (`log.push(value)`), on the leader only; acknowledged at COMMIT. Gives rows, or nothing. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a write that gives no rows returns nothing
  writes(write: (log: unknown[], parameters: Parameters) => readonly Row[] | void): void
  /** Reads the log as far as the member has come. */
  reads(read: (log: readonly unknown[], parameters: Parameters) => readonly Row[]): void
}

export class ClusterRules {
  readonly #rules = new Map<string, ClusterRule>()

  when(query: string): ClusterExpectation {
    return {
      writes: (write) => {
        this.#rules.set(query, { kind: 'writes', answer: (log, parameters) => write(log, parameters) ?? [] })
      },
      reads: (read) => {
        this.#rules.set(query, { kind: 'reads', answer: read })
      },
    }
  }

  /** @throws ServerFailure that says what the cluster was told of */
  find(query: string): ClusterRule {
    const rule = this.#rules.get(query)
    if (rule !== undefined) return rule
    const told = [...this.#rules.keys()].map((text) => `  ${JSON.stringify(text)}`).join('\n')
    throw new ServerFailure(
      'Neo.ClientError.Statement.ArgumentError',
      `The cluster was not told what to do with ${JSON.stringify(query)}. It was told of:\n${told || '  nothing yet; use cluster.when(query)'}`,
    )
  }
}
