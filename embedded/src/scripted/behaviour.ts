/** What a scripted query does, in the order it was told, call by call; the last thing it was told goes on. */

import type { QueryAnswer } from '../front/query-handler.ts'
import { DropConnection, type QueryRequest, ServerFailure } from '../front/query-handler.ts'
import { keysOf, type Row, type SummaryFields, summaryMetadata, valuesOf } from './rows.ts'

/** Answers one call. */
type Behaviour = (request: QueryRequest) => QueryAnswer | Promise<QueryAnswer>

interface Step {
  readonly behaviour: Behaviour
  /** For how many calls, before the next thing it was told. */
  readonly times: number
}

/** How often something happens before what was told next does. Default: once, and for ever where nothing follows. */
export interface Times {
  readonly times?: number
}

/** Settings of {@link Expectation.fails}. */
export interface FailureOptions extends Times {
  readonly message?: string
  readonly gqlStatus?: string
}

/**
 * What the server does with a query it was told of. Calls can be chained: successive calls of the query then get what was
 * told in that order, and the last goes on for ever.
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

  /** Rows as objects, or a function of the call; `end` is what the summary says. */
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

  /** `n` rows, each made when it is sent. */
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

  /** A failure with a Neo4j code. */
  fails(code: string, options?: FailureOptions | null): this {
    return this.#then(options, () => {
      throw new ServerFailure(code, options?.message ?? `scripted failure ${code}`, options?.gqlStatus)
    })
  }

  /** No answer, until the client resets or hangs up. */
  hangs(options?: Times | null): this {
    return this.#then(options, () => new Promise(() => undefined))
  }

  /** The connection is cut off instead of an answer. */
  drops(options?: Times | null): this {
    return this.#then(options, () => {
      throw new DropConnection('scripted')
    })
  }

  /** Whatever is told next happens after `ms`. */
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
        `The server was not told what to answer to ${JSON.stringify(request.query)}; add .returns(…)`,
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
