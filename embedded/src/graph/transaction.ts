/** One transaction of the graph: reads beside everybody else, writes alone. */

import { ServerFailure } from '../front/query-handler.ts'
import { longestTimer } from '../timers.ts'
import type { Engine } from './engine.ts'
import { EngineLost, failureOf, QueryTooLong } from './engine-errors.ts'
import type { EngineAnswer, EngineValue } from './engine-messages.ts'
import type { Release, WriterLock } from './writer-lock.ts'

type EngineParameters = Readonly<Record<string, EngineValue>>

export class GraphTransaction {
  readonly #engine: Engine
  readonly #lock: WriterLock
  readonly #lockTimeout: number
  /** On the scale of `performance.now()`. */
  readonly #deadline: number
  readonly #timer: NodeJS.Timeout | undefined
  /** The engine's transaction, once there is something to write, and the process it lives in. */
  #writing: { readonly id: number; readonly generation: number } | null = null
  #release: Release = () => undefined
  #holds = false
  readonly #schema: string[] = []
  #schemaOnly = false
  #over = false
  #failure: unknown = null

  /** @param timeout - ms; null: none */
  constructor(engine: Engine, lock: WriterLock, lockTimeout: number, timeout: number | null) {
    this.#engine = engine
    this.#lock = lock
    this.#lockTimeout = lockTimeout
    const limited = timeout !== null && timeout > 0
    this.#deadline = limited ? performance.now() + timeout : Number.POSITIVE_INFINITY
    if (limited) {
      const end = () => void this.abandon(timedOut())
      this.#timer = setTimeout(end, Math.min(timeout, longestTimer)).unref()
    }
  }

  /** @throws whatever ended it before its time */
  check(): void {
    if (this.#over) throw this.#failure ?? terminated()
  }

  /** Becomes the writer. What was read before is not looked at again: others may have written since, as in Neo4j. */
  async write(signal: AbortSignal): Promise<void> {
    if (this.#schemaOnly) throw mixed('Write', 'Schema modification')
    if (this.#writing !== null) return
    await this.#becomeWriter(signal)
    try {
      const id = await this.#engine.begin()
      this.#writing = { id, generation: this.#engine.generation }
      this.check()
    } catch (error) {
      if (this.#over) await this.#undo()
      throw error
    }
  }

  /** Becomes the writer of schema, and of nothing else. */
  async changeSchema(signal: AbortSignal): Promise<void> {
    if (this.#writing !== null) throw mixed('Schema modification', 'Write')
    this.#schemaOnly = true
    await this.#becomeWriter(signal)
  }

  /** The engine's schema knows no transactions, so it is changed when nothing can go back any more. */
  atCommit(statements: readonly string[]): void {
    this.#schema.push(...statements)
  }

  async run(query: string, parameters: EngineParameters, signal?: AbortSignal): Promise<EngineAnswer & { id: number }> {
    const limit = this.#deadline - performance.now()
    try {
      return await this.#engine.run(this.#target(), query, parameters, { limit, ...(signal && { signal }) })
    } catch (error) {
      throw error instanceof QueryTooLong && error.limit === limit ? timedOut() : error
    }
  }

  /** Reads what the last query gave, also when the transaction is over by now. */
  look(query: string, parameters: EngineParameters): Promise<EngineAnswer> {
    return this.#over || this.#writing === null
      ? this.#engine.run(null, query, parameters)
      : this.run(query, parameters)
  }

  async commit(): Promise<void> {
    this.check()
    this.#finish(null)
    try {
      for (const statement of this.#schema) await this.#engine.run(null, statement, {})
      if (this.#writing !== null) {
        this.#target()
        await this.#engine.end('commit', this.#writing.id)
      }
    } finally {
      this.#release()
    }
  }

  /** Undoes everything; whoever uses the transaction afterwards is told of `reason`. */
  async abandon(reason: unknown): Promise<void> {
    if (this.#over) return
    this.#finish(reason === null ? null : failureOf(reason))
    await this.#undo()
  }

  async #undo(): Promise<void> {
    const writing = this.#writing
    this.#writing = null
    try {
      if (writing !== null && writing.generation === this.#engine.generation)
        await this.#engine.end('rollback', writing.id)
    } catch (error) {
      // With its process a transaction is gone, too; and what can't be rolled back must not live on.
      if (!(error instanceof EngineLost)) this.#engine.kill()
    } finally {
      this.#release()
    }
  }

  #finish(failure: unknown): void {
    this.#over = true
    this.#failure = failure
    clearTimeout(this.#timer)
  }

  async #becomeWriter(signal: AbortSignal): Promise<void> {
    if (this.#holds) return
    const ms = Math.max(0, Math.min(this.#lockTimeout, this.#deadline - performance.now()))
    const release = await this.#lock.acquire(ms, signal)
    if (this.#over) {
      release()
      this.check()
    }
    this.#holds = true
    this.#release = release
  }

  #target(): number | null {
    if (this.#writing === null) return null
    const { id, generation } = this.#writing
    if (generation !== this.#engine.generation) throw new EngineLost('the transaction was lost with it')
    return id
  }
}

function timedOut(): ServerFailure {
  return new ServerFailure(
    'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration',
    'The transaction has been terminated. It has run longer than the timeout that the client gave it.',
    '25N14',
  )
}

/** What is said of a transaction that was ended from outside. */
export function terminated(): ServerFailure {
  return new ServerFailure('Neo.ClientError.Transaction.Terminated', 'The transaction has ended', '25N14')
}

function mixed(now: string, before: string): ServerFailure {
  return new ServerFailure(
    'Neo.ClientError.Transaction.ForbiddenDueToTransactionType',
    `Tried to execute ${now} query after executing ${before}`,
    '25G01',
  )
}
