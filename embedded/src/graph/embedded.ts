/** Starts the embedded graph: a data folder, an engine, and a Bolt server in front of them. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkedOptions, duration, limit, name } from '@boltline/core/options'
import { type BoltServer, type BoltServerOptions, startBoltServer } from '../bolt-server/bolt-server.ts'
import { statementsIn } from '../cypher/statement.ts'
import { Engine } from './engine.ts'
import { Graph } from './graph.ts'
import { WriterLock } from './writer-lock.ts'

/** Options of {@link startEmbedded}: where it listens, its data folder, and the limits of queries. */
export interface EmbeddedOptions
  extends Pick<BoltServerOptions, 'port' | 'host' | 'auth' | 'tls' | 'hints' | 'loginTimeout'> {
  /** A folder that stores the graph. Default: a temporary folder, which `close()` deletes. */
  readonly persist?: string
  /** The time limit of one query in ms. Default: 30,000. */
  readonly queryTimeout?: number
  /** The memory limit of the engine's process in bytes; the server restarts a process that exceeds it. Default: 1 GiB. */
  readonly maxMemoryBytes?: number
  /** Ms that a writer waits for the current writer. Default: 10,000. */
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
export interface EmbeddedGraph extends BoltServer {
  /** The process id of the engine; null while no process runs. The next query starts one. */
  readonly enginePid: number | null
  /** Runs the statements of a script, separated by semicolons, one after the other; each is committed on its own. */
  load(cypher: string): Promise<void>
  /** Removes all data, constraints and indexes. */
  reset(): Promise<void>
}

/** The version of Neo4j that the graph imitates. */
const version = '5.26.0'
const fileName = 'graph.db'

/**
 * Starts a small graph behind a Bolt server. Experimental: it supports a part of Cypher, and refuses queries that it is known to
 * answer differently than Neo4j; the package's README has the list.
 *
 * @throws ConfigurationError for an unknown option or an invalid value
 * @throws Error when its engine, an optional dependency with native code, is missing or can't open the folder
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
  let server: BoltServer | null = null
  const graph = new Graph(engine, lock, {
    lockTimeout,
    facts: () => ({ address: `${server?.host}:${server?.port}`, version }),
  })
  const clean = async () => {
    await engine.close()
    if (temporary !== null) await rm(temporary, { recursive: true, force: true })
  }
  try {
    await engine.start()
    server = await startBoltServer(graph, { ...options, agent: `Neo4j/${version}` })
  } catch (error) {
    await clean()
    throw error
  }
  const started = server
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
