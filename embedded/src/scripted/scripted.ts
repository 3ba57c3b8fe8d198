/**
 * The scripted server: answers what it was told to, and says so when it was not told. Nothing in it guesses or parses
 * Cypher, so what a test sees is what its author wrote.
 */

import { isDeepStrictEqual } from 'node:util'
import { checkedOptions } from '@boltline/core/options'
import { type Front, type FrontOptions, frontOptions, startFront } from '../front/front.ts'
import {
  DropConnection,
  type Ending,
  type QueryHandler,
  type QueryRequest,
  ServerFailure,
  type TransactionRequest,
} from '../front/query-handler.ts'
import { Expectation, type FailureOptions } from './behaviour.ts'

/** A query that was received. */
export type Call = Omit<QueryRequest, 'signal' | 'transaction'>

/** What happened besides queries, in order. */
export interface ServerEvent {
  readonly type: 'begin' | 'commit' | 'rollback' | 'reset' | 'logon' | 'logoff' | 'closed'
  readonly connection: string
}

/** Which queries are meant: the exact text, a pattern, or a function of the call. */
export type Matcher = string | RegExp | ((call: Call) => boolean)

interface Rule {
  readonly matcher: Matcher
  readonly parameters: object | undefined
  readonly expectation: Expectation
}

/** What happens when a COMMIT arrives, once for each time it was told. */
export interface CommitScript {
  /** The connection dies after COMMIT has arrived and before its answer. */
  drops(): this
  /** COMMIT fails. */
  fails(code: string, options?: FailureOptions | null): this
}

/** A scripted server; see {@link startScripted}. */
export interface ScriptedServer extends Front {
  /** The queries received, in order. */
  readonly calls: readonly Call[]
  /** What else happened, in order. */
  readonly events: readonly ServerEvent[]
  /**
   * Tells what to answer to a query. The rule told last wins where several fit.
   *
   * @param query - the exact text, a pattern, or a function of the call
   * @param parameters - only with exactly these parameters; by default with any
   */
  when(query: Matcher, parameters?: object): Expectation
  /** Tells what happens to the next COMMITs. */
  onCommit(): CommitScript
  /** Forgets all rules, calls and events. */
  reset(): void
}

/**
 * Starts a Bolt server inside this process that answers what it is told to.
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
export async function startScripted(options?: FrontOptions | null): Promise<ScriptedServer> {
  checkedOptions(options, frontOptions, 'startScripted')
  const script = new Script()
  const front = await startFront(script, options)
  return Object.assign(
    Object.create(front, { calls: { get: () => script.calls }, events: { get: () => script.events } }),
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

  noticed(type: 'reset' | 'logon' | 'logoff' | 'closed', connection: string): void {
    this.events.push({ type, connection })
  }

  #unexpected({ query, parameters }: Call): ServerFailure {
    const told = this.#rules.map(
      ({ matcher, parameters: given }) =>
        `  ${describe(matcher)}${given === undefined ? '' : ` with ${JSON.stringify(given)}`}`,
    )
    const names = Object.keys(parameters).join(', ') || 'none'
    return new ServerFailure(
      'Neo.ClientError.Statement.ArgumentError',
      `The scripted server was not told what to answer to ${JSON.stringify(query)} (parameters: ${names}). It was told of:\n${told.join('\n') || '  nothing yet; use server.when(query).returns(rows)'}`,
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
