/** One transaction of the graph: reads run concurrently, writes hold the writer lock. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
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
  /** The end of the timeout, on the scale of `performance.now()`. */
  readonly #deadline: number
  readonly #timer: NodeJS.Timeout | undefined
  /** The engine's transaction and the generation of its process; null before the first write. */
  #writing: { readonly id: number; readonly generation: number } | null = null
  #release: Release = () => undefined
  #holds = false
  readonly #schema: string[] = []
  #schemaOnly = false
  #over = false
  #failure: unknown = null

  /** @param timeout - ms; null means none */
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

  /** @throws the failure that ended the transaction early */
  check(): void {
    if (this.#over) throw this.#failure ?? terminated()
  }

  /** Makes this transaction the writer. Data that it read before may have changed meanwhile, as in Neo4j. */
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

  /** Makes this transaction the writer of schema only. */
  async changeSchema(signal: AbortSignal): Promise<void> {
    if (this.#writing !== null) throw mixed('Schema modification', 'Write')
    this.#schemaOnly = true
    await this.#becomeWriter(signal)
  }

  /** Defers schema statements to COMMIT, because the engine can't roll back schema changes. */
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

  /** Reads data of the last query's result; after the end of the transaction, from the committed graph. */
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

  /** Rolls the transaction back; later calls throw the failure of `reason`. */
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
      // A lost process has lost the transaction too; if the rollback failed in a live one, kill it to discard the writes.
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

/** The failure of a transaction that a RESET or a closed connection ended. */
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
