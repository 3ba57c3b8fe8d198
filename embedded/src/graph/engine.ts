/**
 * The client of the engine's process. It starts the process on demand, exchanges messages with it, and ends it when a query
 * exceeds its time or memory limit. Committed data lies in a file, so the next process continues from there.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { access, rm } from 'node:fs/promises'
import { longestTimer } from '../timers.ts'
import { bundledEngine, EngineError, EngineLost, missingEngine, QueryTooLarge, QueryTooLong } from './engine-errors.ts'
import type { EngineAnswer, EngineCommand, EngineMessage, EngineValue } from './engine-messages.ts'

/** Settings of an {@link Engine}: its files and the limits of queries. */
export interface EngineSettings {
  /** The database's file. */
  readonly path: string
  /** A temporary folder that the engine's process deletes when this process is gone; null when the data are kept. */
  readonly temporary: string | null
  /** The time limit of one query in ms. */
  readonly queryTime: number
  /** The memory limit of the engine's process in bytes. */
  readonly memory: number
}

interface Call {
  readonly command: EngineCommand
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** Finds the program of the engine's process. @throws Error in a bundle, which lacks that file */
async function findProgram(): Promise<string> {
  try {
    const { program } = await import('./engine-program.cjs')
    await access(program)
    return program
  } catch (cause) {
    throw bundledEngine(cause)
  }
}

/** Ms that a cancelled or timed-out query may continue before its process is killed. */
const graceMs = 1000

export class Engine {
  readonly #settings: EngineSettings
  readonly #calls = new Map<number, Call>()
  #child: ChildProcess | null = null
  #opening: Promise<void> | null = null
  #exited: Promise<void> = Promise.resolve()
  #nextId = 1
  /** The number of processes that have ended. A transaction is lost when the process that it began in ends. */
  generation = 0
  #overMemory = false
  #closed = false
  #stderr = ''

  constructor(settings: EngineSettings) {
    this.#settings = settings
  }

  /** The engine's process id; null while no process runs. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Starts the process unless one runs. @throws Error that explains what to do when the engine can't be loaded */
  async start(): Promise<void> {
    if (this.#child?.connected === false) await this.#exited
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    await this.#opening
  }

  /**
   * Runs a query; without a transaction it is committed at once.
   *
   * @param settings - `limit`: ms, capped by `queryTime`; `signal`: aborts when the caller cancels the query
   * @throws EngineError of the query; EngineLost if the process ended meanwhile; QueryTooLong
   */
  async run(
    transaction: number | null,
    query: string,
    parameters: Readonly<Record<string, EngineValue>>,
    { limit = Number.POSITIVE_INFINITY, signal }: { limit?: number; signal?: AbortSignal } = {},
  ): Promise<EngineAnswer & { readonly id: number }> {
    await this.start()
    const [id, answer] = this.#ask<EngineAnswer>({ op: 'run', transaction, query, parameters })
    const ms = Math.min(limit, this.#settings.queryTime, longestTimer)
    return { ...(await this.#within(answer, ms, signal)), id }
  }

  async begin(): Promise<number> {
    await this.start()
    const transaction = this.#nextId++
    // Not awaited: if it fails, the next query of the transaction fails too.
    this.#ask({ op: 'begin', transaction })[1].catch(() => undefined)
    return transaction
  }

  async end(how: 'commit' | 'rollback', transaction: number): Promise<void> {
    await this.#ask({ op: how, transaction })[1]
  }

  /** Fetches further rows of a result from the index `from`. */
  fetch(result: number, from: number): Promise<readonly (readonly EngineValue[])[]> {
    return this.#ask<readonly (readonly EngineValue[])[]>({ op: 'fetch', result, from })[1]
  }

  release(result: number): void {
    if (this.#child !== null) this.#ask({ op: 'release', result })[1].catch(() => undefined)
  }

  /** Removes all data. The caller must hold the writer lock. */
  async reset(): Promise<void> {
    await this.start()
    await this.#ask({ op: 'close' })[1]
    const { path } = this.#settings
    for (const file of [path, `${path}.wal`]) await rm(file, { recursive: true, force: true })
    await this.#ask({ op: 'open', path })[1]
  }

  /** Ends the process; resolves when it has exited. */
  async close(): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === null) return
    // A running query would delay the exit.
    if (this.#calls.size > 0) child.kill('SIGKILL')
    else {
      await this.#ask({ op: 'close' })[1].catch(() => undefined)
      child.disconnect()
    }
    await this.#exited
  }

  /** Kills the process with its running queries; the next query starts another. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async #open(): Promise<void> {
    const program = await findProgram()
    if (this.#closed) throw new EngineLost('the graph is closed')
    const { path, temporary, memory } = this.#settings
    const child = fork(program, [String(memory), ...(temporary === null ? [] : [temporary])], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    this.#child = child
    this.#overMemory = false
    this.#stderr = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#stderr = (this.#stderr + String(bytes)).slice(-2000)
    })
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()))
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: EngineMessage) => {
        if ('ready' in message) resolve()
        else if ('missing' in message) reject(missingEngine(message.missing))
        else this.#receive(message)
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        this.#ended(signal ?? `exit code ${code}`)
        reject(new EngineLost(`the engine's process did not start (${signal ?? code}) ${this.#stderr}`))
      })
    })
    try {
      await ready
      await this.#ask({ op: 'open', path })[1]
    } catch (error) {
      child.kill('SIGKILL')
      throw error instanceof EngineError ? new Error(`The graph in ${path} can't be opened: ${error.message}`) : error
    }
  }

  #ask<T = void>(command: EngineCommand): [id: number, answer: Promise<T>] {
    const id = this.#nextId++
    const answer = new Promise<T>((resolve, reject) => {
      const child = this.#child
      if (child === null) return reject(new EngineLost('its process has ended'))
      this.#calls.set(id, { command, resolve: resolve as (value: never) => void, reject })
      // A failed send means that the process has ended, and `#ended` rejects all calls.
      child.send({ ...command, id }, () => undefined)
    })
    return [id, answer]
  }

  #receive(message: Exclude<EngineMessage, { ready: true } | { missing: string }>): void {
    if ('memory' in message) {
      this.#overMemory = true
      return
    }
    const call = this.#settle(message.id)
    if ('value' in message) call?.resolve(message.value as never)
    else call?.reject(new EngineError(message.error.message, message.error.gqlStatus))
  }

  #settle(id: number): Call | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }

  /** Rejects all pending calls when the process has ended; after an excess of memory the oldest query gets QueryTooLarge. */
  #ended(how: string): void {
    this.#child = null
    this.#opening = null
    this.generation++
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    const suspect = this.#overMemory ? calls.find(({ command }) => command.op === 'run') : undefined
    for (const call of calls) {
      call.reject(call === suspect ? new QueryTooLarge(this.#settings.memory) : new EngineLost(how, call.command.op))
    }
  }

  /** Waits for an answer up to `ms`. Kills the process if a timed-out or cancelled query still runs after `graceMs`. */
  async #within<T>(answer: Promise<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
    const { generation } = this
    let settled = false
    const end = () => {
      const timer = setTimeout(() => {
        if (!settled && this.generation === generation) this.kill()
      }, graceMs)
      timer.unref()
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        end()
        reject(new QueryTooLong(ms))
      }, ms)
    })
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    answer
      .catch(() => undefined)
      .finally(() => {
        settled = true
      })
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    }
  }
}
