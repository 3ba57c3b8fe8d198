/**
 * The scripted server: returns configured answers, and an error for a query without a rule. It doesn't parse
 * Cypher, so a test sees exactly the answers that its author wrote.
 */

import { isDeepStrictEqual } from 'node:util'
import { checkedOptions } from '@boltline/core/options'
import {
  type BoltServer,
  type BoltServerOptions,
  boltServerOptions,
  startBoltServer,
} from '../bolt-server/bolt-server.ts'
import {
  DropConnection,
  type Ending,
  type QueryHandler,
  type QueryRequest,
  ServerFailure,
  type TransactionRequest,
} from '../bolt-server/query-handler.ts'
import { Expectation, type FailureOptions } from './expectation.ts'

/** A query that the server has received. */
export type Call = Omit<QueryRequest, 'signal' | 'transaction'>

/** An event other than a query, such as a commit or a reset. */
export interface ServerEvent {
  readonly type: 'begin' | 'commit' | 'rollback' | 'reset' | 'logon' | 'logoff' | 'closed'
  readonly connection: string
}

/** Selects queries: by exact text, pattern, or a function of the call. */
export type Matcher = string | RegExp | ((call: Call) => boolean)

interface Rule {
  readonly matcher: Matcher
  readonly parameters: object | undefined
  readonly expectation: Expectation
}

/** Configures the answer to COMMIT; each call of a method applies to one COMMIT. */
export interface CommitScript {
  /** Drops the connection after COMMIT has arrived and before it is answered. */
  drops(): this
  /** Fails the COMMIT with a Neo4j code. */
  fails(code: string, options?: FailureOptions | null): this
}

/** A scripted server; see {@link startScripted}. */
export interface ScriptedServer extends BoltServer {
  /** The queries received, in order. */
  readonly calls: readonly Call[]
  /** Other events, in order. */
  readonly events: readonly ServerEvent[]
  /**
   * Adds a rule that answers matching queries. The last matching rule wins.
   *
   * @param query - the exact text, a pattern, or a function of the call
   * @param parameters - matches calls with exactly these parameters. Default: any parameters
   */
  when(query: Matcher, parameters?: object): Expectation
  /** Configures the answers to the next COMMITs. */
  onCommit(): CommitScript
  /** Removes all rules, calls and events. */
  reset(): void
}

/**
 * Starts a Bolt server inside this process that returns configured answers.
 *
 * @throws ConfigurationError for an option that doesn't exist
 * @example
 * ```ts
 * await using server = await startScripted()
 * server.when('MATCH (p:Person {id: $id}) RETURN p', { id: 1 }).returns([{ p: node({ labels: ['Person'] }) }])
 * await using driver = GraphDatabase.driver(server.uri)
 * await driver.executeQuery('MATCH (p:Person {id: $id}) RETURN p', { id: 1 })
 * console.log(server.calls.length) // 1
 * ```
 */
export async function startScripted(options?: BoltServerOptions | null): Promise<ScriptedServer> {
  checkedOptions(options, boltServerOptions, 'startScripted')
  const script = new Script()
  const server = await startBoltServer(script, options)
  return Object.assign(
    Object.create(server, { calls: { get: () => script.calls }, events: { get: () => script.events } }),
    {
      when: (query: Matcher, parameters?: object) => script.when(query, parameters),
      onCommit: () => script.onCommit(),
      reset: () => script.reset(),
    },
  ) as ScriptedServer
}

class Script implements QueryHandler {
  calls: Call[] = []
  events: ServerEvent[] = []
  #rules: Rule[] = []
  #commits: (() => void)[] = []

  when(matcher: Matcher, parameters: object | undefined): Expectation {
    const expectation = new Expectation()
    this.#rules.push({ matcher, parameters, expectation })
    return expectation
  }

  onCommit(): CommitScript {
    const script: CommitScript = {
      drops: () => {
        this.#commits.push(() => {
          throw new DropConnection('scripted')
        })
        return script
      },
      fails: (code, options) => {
        this.#commits.push(() => {
          throw new ServerFailure(code, options?.message ?? `scripted failure ${code}`, options?.gqlStatus)
        })
        return script
      },
    }
    return script
  }

  reset(): void {
    this.calls = []
    this.events = []
    this.#rules = []
    this.#commits = []
  }

  run(request: QueryRequest) {
    const { signal: _signal, transaction: _transaction, ...call } = request
    this.calls.push(call)
    const rule = this.#rules.findLast((each) => fits(each, call))
    if (rule === undefined) throw this.#unexpected(call)
    return rule.expectation.answer(request)
  }

  begin({ connection }: TransactionRequest): void {
    this.events.push({ type: 'begin', connection })
  }

  end(how: Ending, { connection }: TransactionRequest): undefined {
    this.events.push({ type: how, connection })
    if (how === 'commit') this.#commits.shift()?.()
  }

  onEvent(type: 'reset' | 'logon' | 'logoff' | 'closed', connection: string): void {
    this.events.push({ type, connection })
  }

  #unexpected({ query, parameters }: Call): ServerFailure {
    const rules = this.#rules.map(
      ({ matcher, parameters: given }) =>
        `  ${describe(matcher)}${given === undefined ? '' : ` with ${JSON.stringify(given)}`}`,
    )
    const names = Object.keys(parameters).join(', ') || 'none'
    return new ServerFailure(
      'Neo.ClientError.Statement.ArgumentError',
      `The scripted server has no answer for ${JSON.stringify(query)} (parameters: ${names}). It has rules for:\n${rules.join('\n') || '  nothing yet; use server.when(query).returns(rows)'}`,
    )
  }
}

function fits({ matcher, parameters }: Rule, call: Call): boolean {
  const matches =
    typeof matcher === 'string'
      ? matcher === call.query
      : matcher instanceof RegExp
        ? call.query.search(matcher) !== -1
        : matcher(call)
  return matches && (parameters === undefined || isDeepStrictEqual(parameters, call.parameters))
}

function describe(matcher: Matcher): string {
  return typeof matcher === 'string' ? JSON.stringify(matcher) : String(matcher)
}
