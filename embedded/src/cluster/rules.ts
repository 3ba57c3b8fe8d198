/** The rules of a cluster stand-in: the effect of each query on the log. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import type { Row } from '../stub/rows.ts'

type Parameters = Readonly<Record<string, unknown>>

/** One rule: the effect of a query on the log. */
export interface ClusterRule {
  readonly kind: 'writes' | 'reads'
  readonly answer: (log: unknown[], parameters: Parameters) => readonly Row[]
}

/** Configures the effect of a query on a cluster's log. */
export interface ClusterExpectation {
  /** Appends to the log (`log.push(value)`) on the leader only; acknowledged at COMMIT. `write` returns rows, or nothing. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a write that gives no rows returns nothing
  writes(write: (log: unknown[], parameters: Parameters) => readonly Row[] | void): void
  /** Answers from the part of the log that the member has applied. */
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

  /** @throws ServerFailure that lists the configured queries */
  find(query: string): ClusterRule {
    const rule = this.#rules.get(query)
    if (rule !== undefined) return rule
    const rules = [...this.#rules.keys()].map((text) => `  ${JSON.stringify(text)}`).join('\n')
    throw new ServerFailure(
      'Neo.ClientError.Statement.ArgumentError',
      `The cluster has no rule for ${JSON.stringify(query)}. It has rules for:\n${rules || '  nothing yet; use cluster.when(query)'}`,
    )
  }
}
