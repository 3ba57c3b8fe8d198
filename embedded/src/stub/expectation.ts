/** The configured answers of a scripted query: one after the other for successive calls; the last one repeats. */

import type { QueryAnswer } from '../bolt-server/query-handler.ts'
import { DropConnection, type QueryRequest, ServerFailure } from '../bolt-server/query-handler.ts'
import { keysOf, type Row, type SummaryFields, summaryMetadata, valuesOf } from './rows.ts'

/** Answers one call. */
type Behaviour = (request: QueryRequest) => QueryAnswer | Promise<QueryAnswer>

interface Step {
  readonly behaviour: Behaviour
  /** The number of calls before the next configured answer applies. */
  readonly times: number
}

/** How many calls get an answer before the next one applies. Default: one call; the last answer applies to all further calls. */
export interface Times {
  readonly times?: number
}

/** Options of {@link Expectation.fails}. */
export interface FailureOptions extends Times {
  readonly message?: string
  readonly gqlStatus?: string
}

/**
 * Configures the answers to a query. Methods can be chained: successive calls of the query get the answers in that order, and
 * the last answer repeats.
 *
 * @example
 * ```ts
 * server.when('RETURN 1 AS x').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([{ x: 1 }])
 * ```
 */
export class Expectation {
  readonly #steps: Step[] = []
  #calls = 0
  #delay = 0

  /** Answers with rows, given as objects or by a function of the call; `end` holds the fields of the summary. */
  returns(
    rows: readonly Row[] | ((request: QueryRequest) => readonly Row[]),
    end?: (SummaryFields & Times) | null,
  ): this {
    return this.#then(end, (request) => {
      const given = typeof rows === 'function' ? rows(request) : rows
      const keys = end?.keys ?? keysOf(given)
      return { keys, rows: given.map((row) => valuesOf(keys, row)), summary: () => summaryMetadata(end ?? {}) }
    })
  }

  /** Answers with `n` rows, each created when it is sent. */
  streams(n: number, row: (index: number) => Row, end?: (SummaryFields & Times) | null): this {
    return this.#then(end, () => {
      const keys = end?.keys ?? (n > 0 ? keysOf([row(0)]) : [])
      return {
        keys,
        rows: generated(n, (index) => valuesOf(keys, row(index))),
        summary: () => summaryMetadata(end ?? {}),
      }
    })
  }

  /** Answers with a failure that carries a Neo4j code. */
  fails(code: string, options?: FailureOptions | null): this {
    return this.#then(options, () => {
      throw new ServerFailure(code, options?.message ?? `scripted failure ${code}`, options?.gqlStatus)
    })
  }

  /** Sends no answer until the client resets or disconnects. */
  hangs(options?: Times | null): this {
    return this.#then(options, () => new Promise(() => undefined))
  }

  /** Drops the connection instead of answering. */
  drops(options?: Times | null): this {
    return this.#then(options, () => {
      throw new DropConnection('scripted')
    })
  }

  /** Delays the next configured answer by `ms`. */
  delays(ms: number): this {
    this.#delay = ms
    return this
  }

  /** Answers the next call. @internal */
  answer(request: QueryRequest): QueryAnswer | Promise<QueryAnswer> {
    let call = this.#calls++
    for (const { behaviour, times } of this.#steps) {
      if (call < times) return behaviour(request)
      call -= times
    }
    const last = this.#steps.at(-1)
    if (last === undefined) {
      throw new ServerFailure(
        'Neo.ClientError.Statement.ArgumentError',
        `The scripted server has a rule without an answer for ${JSON.stringify(request.query)}; add .returns(…)`,
      )
    }
    return last.behaviour(request)
  }

  #then(options: Times | null | undefined, behaviour: Behaviour): this {
    const delay = this.#delay
    this.#delay = 0
    const delayed: Behaviour = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, delay))
      return behaviour(request)
    }
    this.#steps.push({ times: options?.times ?? 1, behaviour: delay === 0 ? behaviour : delayed })
    return this
  }
}

function* generated(n: number, row: (index: number) => readonly unknown[]): Generator<readonly unknown[]> {
  for (let i = 0; i < n; i++) yield row(i)
}
