/** Starts the embedded graph: a folder, an engine, and the Bolt front before them. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkedOptions, duration, limit, name } from '@boltline/core/options'
import { statementsIn } from '../cypher/statement.ts'
import { type Front, type FrontOptions, startFront } from '../front/front.ts'
import { Engine } from './engine.ts'
import { Graph } from './graph.ts'
import { WriterLock } from './writer-lock.ts'

/** How the embedded graph listens, keeps its data, and where it ends queries. */
export interface EmbeddedOptions
  extends Pick<FrontOptions, 'port' | 'host' | 'auth' | 'tls' | 'hints' | 'loginTimeout'> {
  /** A folder that keeps the graph. Default: none, the graph is gone after `close()`. */
  readonly persist?: string
  /** Ms that one query may take before it is ended. Default: 30,000. */
  readonly queryTimeout?: number
  /** Bytes that the engine's process may use before it is ended and started anew. Default: 1 GiB. */
  readonly maxMemoryBytes?: number
  /** Ms that a writer waits for the one before it. Default: 10,000. */
  readonly lockTimeout?: number
}

const embeddedOptions = [
  'port',
  'host',
  'auth',
  'tls',
  'hints',
  'loginTimeout',
  'persist',
  'queryTimeout',
  'maxMemoryBytes',
  'lockTimeout',
] as const satisfies readonly (keyof EmbeddedOptions)[]

/** A running graph; see {@link startEmbedded}. */
export interface EmbeddedGraph extends Front {
  /** The process that the engine lives in; null while none runs. It is started again when a query needs it. */
  readonly enginePid: number | null
  /** Runs the statements of a script, which semicolons separate, one after the other; each is committed by itself. */
  load(cypher: string): Promise<void>
  /** Removes all data, constraints and indexes. */
  reset(): Promise<void>
}

/** The version of Neo4j whose ways the graph follows. */
const version = '5.26.0'
const fileName = 'graph.db'

/**
 * Starts a small graph behind a Bolt server. Experimental: it understands a part of Cypher, and refuses what it is known to
 * answer otherwise than Neo4j; the package's README has the list.
 *
 * @throws ConfigurationError for an option that doesn't exist or has no sense
 * @throws Error where its engine, an optional dependency with native code, is missing or can't open the folder
 * @example
 * ```ts
 * await using graph = await startEmbedded()
 * await graph.load("CREATE (:Person {name: 'Ada'})")
 * await using driver = GraphDatabase.driver(graph.uri)
 * ```
 */
export async function startEmbedded(options?: EmbeddedOptions | null): Promise<EmbeddedGraph> {
  const given = checkedOptions(options, embeddedOptions, 'startEmbedded')
  const persist = name('persist', given.persist, null)
  const queryTime = duration('queryTimeout', given.queryTimeout, 30_000)
  const memory = limit('maxMemoryBytes', given.maxMemoryBytes, 1024 ** 3)
  const lockTimeout = duration('lockTimeout', given.lockTimeout, 10_000)
  const temporary = persist === null ? await mkdtemp(join(tmpdir(), 'boltline-')) : null
  const folder = temporary ?? resolve(String(persist))
  await mkdir(folder, { recursive: true })
  const engine = new Engine({
    path: join(folder, fileName),
    temporary,
    queryTime,
    memory,
  })
  const lock = new WriterLock()
  let front: Front | null = null
  const graph = new Graph(engine, lock, {
    lockTimeout,
    facts: () => ({ address: `${front?.host}:${front?.port}`, version }),
  })
  const clean = async () => {
    await engine.close()
    if (temporary !== null) await rm(temporary, { recursive: true, force: true })
  }
  try {
    await engine.start()
    front = await startFront(graph, { ...options, agent: `Neo4j/${version}` })
  } catch (error) {
    await clean()
    throw error
  }
  const started = front
  let closing: Promise<void> | null = null
  const close = () => {
    closing ??= started.close().then(clean)
    return closing
  }
  return Object.assign(Object.create(started, { enginePid: { get: () => engine.pid } }), {
    load: async (cypher: string) => {
      for (const statement of statementsIn(cypher)) await graph.execute(statement)
    },
    reset: async () => {
      const release = await lock.acquire(lockTimeout)
      try {
        await engine.reset()
      } finally {
        release()
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }) as EmbeddedGraph
}
