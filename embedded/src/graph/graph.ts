/**
 * The query handler of the embedded graph. A transaction reads committed data until its first write; then it is the only writer
 * until it ends, and sees its own writes. Neo4j isolates transactions in the same way, but with locks in place of a single writer.
 */

import {
  type Ending,
  type QueryAnswer,
  type QueryHandler,
  type QueryRequest,
  ServerFailure,
  type TransactionRequest,
} from '../bolt-server/query-handler.ts'
import { answerOf, statisticsOf, type Untyped } from './answers.ts'
import { type Ask, planned } from './catalog.ts'
import { columnTypes } from './column-types.ts'
import { constraintViolation } from './constraint-violations.ts'
import { deletesSeveral } from './deletes.ts'
import type { Engine } from './engine.ts'
import { EngineError, failureOf } from './engine-errors.ts'
import { explained } from './explained.ts'
import { Gap } from './gaps.ts'
import { type DataPlan, dataPlan, plan } from './plan.ts'
import type { EntityTypes } from './results.ts'
import { noSuchDatabase } from './rewrite.ts'
import type { SchemaChange } from './schema.ts'
import { rowsParameter, type ServerFacts } from './tables.ts'
import { GraphTransaction, terminated } from './transaction.ts'
import type { WriterLock } from './writer-lock.ts'

export interface GraphOptions {
  /** Ms that a writer waits for the current writer. */
  readonly lockTimeout: number
  readonly facts: () => Omit<ServerFacts, 'user'>
}

export class Graph implements QueryHandler {
  /** INTEGERs among parameters are bigint, so that they differ from FLOATs. */
  readonly exactNumbers = true
  readonly #engine: Engine
  readonly #lock: WriterLock
  readonly #options: GraphOptions
  /** The open transactions by connection; each connection has one at most. */
  readonly #open = new Map<string, GraphTransaction>()

  constructor(engine: Engine, lock: WriterLock, options: GraphOptions) {
    this.#engine = engine
    this.#lock = lock
    this.#options = options
  }

  begin(request: TransactionRequest): void {
    checkDatabase(request.database)
    this.#open.set(request.connection, this.#transaction(request.timeout))
  }

  async run(request: QueryRequest): Promise<QueryAnswer> {
    checkDatabase(request.database)
    if (!request.inTransaction) return this.#alone(request)
    const transaction = this.#open.get(request.connection)
    if (transaction === undefined) throw new Error('a query came for a transaction that never began')
    try {
      return await this.#within(transaction, request)
    } catch (error) {
      // Not awaited: a query that can't be stopped would delay the answer.
      void transaction.abandon(error)
      throw failureOf(error)
    }
  }

  async end(how: Ending, request: TransactionRequest): Promise<undefined> {
    const transaction = this.#open.get(request.connection)
    // An auto-commit query has been committed already.
    if (transaction === undefined) return
    this.#open.delete(request.connection)
    try {
      await (how === 'commit' ? transaction.commit() : transaction.abandon(null))
    } catch (error) {
      throw failureOf(error)
    }
  }

  onEvent(event: 'reset' | 'logon' | 'logoff' | 'closed', connection: string): void {
    if (event !== 'reset' && event !== 'closed') return
    void this.#open.get(connection)?.abandon(null)
    this.#open.delete(connection)
  }

  /** Runs one statement and commits it. */
  async execute(query: string): Promise<void> {
    const { signal } = new AbortController()
    const request = { query, parameters: {}, mode: 'WRITE', timeout: null, user: null, signal } as const
    await this.#alone(request)
  }

  async #alone(
    request: Pick<QueryRequest, 'query' | 'parameters' | 'mode' | 'timeout' | 'user' | 'signal'>,
  ): Promise<QueryAnswer> {
    const transaction = this.#transaction(request.timeout)
    try {
      const answer = await this.#within(transaction, request)
      // Must not commit a write that the client has cancelled.
      if (request.signal.aborted) throw terminated()
      await transaction.commit()
      return answer
    } catch (error) {
      // Not awaited: a query that can't be stopped would delay the answer.
      void transaction.abandon(error)
      throw failureOf(error)
    }
  }

  async #within(
    transaction: GraphTransaction,
    { query, parameters, mode, user, signal }: Pick<QueryRequest, 'query' | 'parameters' | 'mode' | 'user' | 'signal'>,
  ): Promise<QueryAnswer> {
    transaction.check()
    const found = plan(query, parameters)
    if (found.kind === 'schema') {
      refuseReaders(mode)
      return this.#change(transaction, found.change, signal)
    }
    if (found.kind === 'data') {
      if (found.writes) refuseReaders(mode)
      return this.#data(transaction, found, signal)
    }
    if (found.kind === 'nothing') return { keys: [], rows: [], summary: () => ({ type: 'r' }) }
    const ask = this.#ask(transaction)
    const rows = await found.table.rows(ask, { ...this.#options.facts(), user })
    const over = dataPlan(found.table.text, { ...parameters, [rowsParameter]: rows })
    return this.#data(transaction, { ...over, type: found.table.type, sorted: false }, signal)
  }

  async #data(transaction: GraphTransaction, found: DataPlan, signal: AbortSignal): Promise<QueryAnswer> {
    if (found.writes) await transaction.write(signal)
    const { query, parameters } = found.query
    const answer = await transaction.run(query, parameters, signal).catch(async (error: unknown) => {
      throw await this.#explained(error, found, transaction)
    })
    const { generation } = this.#engine
    return answerOf(answer, found, {
      fetch: (from) => this.#engine.fetch(answer.id, from),
      typesOf: (entities) => this.#typesOf(transaction, entities),
      done: () => {
        if (this.#engine.generation === generation) this.#engine.release(answer.id)
      },
    })
  }

  /** Translates an error of the engine into a failure of Neo4j; returns any other error unchanged. */
  async #explained(error: unknown, { statement, query }: DataPlan, transaction: GraphTransaction): Promise<unknown> {
    if (!(error instanceof EngineError)) return error
    const violation = await constraintViolation(error.message, async (look) => (await transaction.run(look, {})).rows)
    if (violation === null) return explained(error, statement, query)
    return /^Cannot delete/.test(violation.message) && deletesSeveral(statement)
      ? new Gap('DELETE of nodes before their relationships')
      : violation
  }

  async #change(transaction: GraphTransaction, change: SchemaChange, signal: AbortSignal): Promise<QueryAnswer> {
    await transaction.changeSchema(signal)
    const { statements, counters } = await planned(change, this.#ask(transaction))
    transaction.atCommit(statements)
    return { keys: [], rows: [], summary: () => ({ type: 's', ...statisticsOf(counters) }) }
  }

  #ask(transaction: GraphTransaction): Ask {
    return async (query) => (await transaction.run(query, {})).rows
  }

  /** Queries the missing types of entities: each kind again, alone in one column. */
  async #typesOf(transaction: GraphTransaction, { nodes, relationships }: Untyped): Promise<EntityTypes> {
    const typesOf = async (query: string, ids: ReadonlySet<number>) => {
      if (ids.size === 0) return undefined
      const { types } = await transaction.look(query, { ids: [...ids] })
      return types === null ? undefined : columnTypes(types)[0]
    }
    return {
      node: await typesOf('MATCH (n) WHERE id(n) IN $ids RETURN n', nodes),
      relationship: await typesOf('MATCH ()-[r]->() WHERE id(r) IN $ids RETURN r', relationships),
    }
  }

  #transaction(timeout: number | null): GraphTransaction {
    return new GraphTransaction(this.#engine, this.#lock, this.#options.lockTimeout, timeout)
  }
}

function checkDatabase(name: string | null): void {
  if (name !== null && name !== 'neo4j') throw noSuchDatabase(name)
}

function refuseReaders(mode: 'READ' | 'WRITE'): void {
  if (mode === 'READ')
    throw new ServerFailure(
      'Neo.ClientError.Statement.AccessMode',
      'Writing in read access mode not allowed. Attempted write to neo4j',
      '25G02',
    )
}
