/** One transaction of the graph: reads run concurrently, writes hold the writer lock. */

import { ServerFailure } from '../bolt-server/query-handler.ts'
import { longestTimer } from '../timers.ts'
import type { Engine } from './engine.ts'
import { EngineLost, failureOf, QueryTooLong } from './engine-errors.ts'
import type { EngineAnswer, EngineValue } from './engine-messages.ts'
import type { Release, WriterLock } from './writer-lock.ts'

type EngineParameters = Readonly<Record<string, EngineValue>>

/** What a transaction is and holds. */
type State =
  | { readonly kind: 'reading' }
  /** It holds the writer lock and has changed the schema alone. */
  | { readonly kind: 'schema'; readonly release: Release }
  | Writing
  /** `failure` ended it early; null after COMMIT, ROLLBACK and RESET. */
  | { readonly kind: 'ended'; readonly failure: unknown }

/** It holds the writer lock, and a transaction of the engine in the process of this generation. */
interface Writing {
  readonly kind: 'writing'
  readonly release: Release
  readonly id: number
  readonly generation: number
}

export class GraphTransaction {
  readonly #engine: Engine
  readonly #lock: WriterLock
  readonly #lockTimeout: number
  /** The end of the timeout, on the scale of `performance.now()`. */
  readonly #deadline: number
  readonly #timer: NodeJS.Timeout | undefined
  readonly #schema: string[] = []
  #state: State = { kind: 'reading' }

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
    if (this.#state.kind === 'ended') throw this.#state.failure ?? terminated()
  }

  /** Makes this transaction the writer. Data that it read before may have changed meanwhile, as in Neo4j. */
  async write(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === 'schema') throw mixed('Write', 'Schema modification')
    if (this.#state.kind === 'writing') return
    const release = await this.#acquire(signal)
    try {
      const id = await this.#engine.begin()
      const writing: Writing = { kind: 'writing', release, id, generation: this.#engine.generation }
      if (!this.#isEnded()) this.#state = writing
      else await this.#undo(writing)
    } catch (error) {
      release()
      throw error
    }
    this.check()
  }

  /** Makes this transaction the writer of schema only. */
  async changeSchema(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === 'writing') throw mixed('Schema modification', 'Write')
    if (this.#state.kind === 'schema') return
    this.#state = { kind: 'schema', release: await this.#acquire(signal) }
  }

  /** Defers schema statements to COMMIT, because the engine can't roll back schema changes. */
  atCommit(statements: readonly string[]): void {
    this.#schema.push(...statements)
  }

  async run(query: string, parameters: EngineParameters, signal?: AbortSignal): Promise<EngineAnswer & { id: number }> {
    const limit = this.#deadline - performance.now()
    const target = this.#state.kind === 'writing' ? this.#idOf(this.#state) : null
    try {
      return await this.#engine.run(target, query, parameters, { limit, ...(signal && { signal }) })
    } catch (error) {
      throw error instanceof QueryTooLong && error.limit === limit ? timedOut() : error
    }
  }

  /** Reads data of the last query's result; after the end of the transaction, from the committed graph. */
  look(query: string, parameters: EngineParameters): Promise<EngineAnswer> {
    return this.#state.kind === 'writing' ? this.run(query, parameters) : this.#engine.run(null, query, parameters)
  }

  async commit(): Promise<void> {
    this.check()
    const state = this.#end(null)
    try {
      for (const statement of this.#schema) await this.#engine.run(null, statement, {})
      if (state.kind === 'writing') await this.#engine.end('commit', this.#idOf(state))
    } finally {
      if ('release' in state) state.release()
    }
  }

  /** Rolls the transaction back; later calls throw the failure of `reason`. */
  async abandon(reason: unknown): Promise<void> {
    if (this.#isEnded()) return
    const state = this.#end(reason === null ? null : failureOf(reason))
    if (state.kind === 'writing') await this.#undo(state)
    else if (state.kind === 'schema') state.release()
  }

  async #undo({ id, generation, release }: Writing): Promise<void> {
    try {
      if (generation === this.#engine.generation) await this.#engine.end('rollback', id)
    } catch (error) {
      // A lost process has lost the transaction too; if the rollback failed in a live one, kill it to discard the writes.
      if (!(error instanceof EngineLost)) this.#engine.kill()
    } finally {
      release()
    }
  }

  #isEnded(): boolean {
    return this.#state.kind === 'ended'
  }

  /** Ends the transaction, and returns what it was and held until now. */
  #end(failure: unknown): State {
    const state = this.#state
    this.#state = { kind: 'ended', failure }
    clearTimeout(this.#timer)
    return state
  }

  /** Acquires the writer lock. @throws the failure of the transaction when it ends during the wait */
  async #acquire(signal: AbortSignal): Promise<Release> {
    const ms = Math.max(0, Math.min(this.#lockTimeout, this.#deadline - performance.now()))
    const release = await this.#lock.acquire(ms, signal)
    if (this.#isEnded()) release()
    this.check()
    return release
  }

  /** The id of the engine's transaction. @throws EngineLost if its process has ended */
  #idOf({ id, generation }: Writing): number {
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
