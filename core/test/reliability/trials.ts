/**
 * Trials: one kind of work each, with a driver and a proxy of its own, whose connection breaks at one point. All of them together
 * must leave nothing lost, done twice, unsettled or leaked.
 */

import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { generator } from '../../../tools/testing/random.mjs'
import { type Driver, type DriverConfig, GraphDatabase, isDriverError, isNeo4jError } from '../../src/index.ts'
import { type Break, type Fault, FaultProxy, type PassingStep, places } from './fault-proxy.ts'
import { Ledger } from './ledger.ts'
import { becomesZero, type Settled, settled, sleep } from './settled.ts'
import { Tally } from './tally.ts'
import { works } from './works.ts'

export interface Target {
  readonly host: string
  readonly port: number
  readonly credentials: readonly [user: string, password: string]
}

export interface TrialOptions {
  readonly title: string
  readonly target: Target
  /** Label of the nodes that the trials write; they are deleted first. */
  readonly label: string
  readonly seed: number
  /** How many trials with a fault. */
  readonly count: number
  readonly breaks: readonly Break[]
  readonly config?: DriverConfig
  /** The most that a call may take behind its fault, in ms. */
  readonly bound: (trial: FaultyTrial) => number
  /** Calls the work off this long behind its fault, in ms. Default: not at all. */
  readonly abortAfter?: number
  /** How many trials run side by side. Default: 8. */
  readonly lanes?: number
}

/** How a driver reaches the server. */
interface Mode {
  readonly scheme: 'bolt' | 'neo4j'
  readonly secure: boolean
  readonly byteByByte: boolean
}

/** One fault of one work. */
interface Point extends Fault {
  readonly step: PassingStep
}

/** A trial whose fault has taken place. */
export interface FaultyTrial {
  readonly work: string
  readonly point: Point
  /** What had arrived when the connection broke. */
  readonly before: readonly PassingStep[]
  /** What had arrived when the work settled. */
  readonly trace: readonly PassingStep[]
}

const modes: readonly Mode[] = (['bolt', 'neo4j'] as const).flatMap((scheme) =>
  [false, true].flatMap((secure) => [false, true].map((byteByByte) => ({ scheme, secure, byteByByte }))),
)

/** For what has no limit of its own in a trial: a follow-up, the close of a driver. */
const patience = 15_000

/**
 * Runs `count` trials over all kinds of work, over `bolt` and `neo4j`, in plain and TLS, whole and byte by byte. Each kind of
 * work in each mode gets the same share of them, at points that the seed draws.
 */
export async function runTrials(options: TrialOptions): Promise<Tally> {
  const trials = new Trials(options)
  return trials.run()
}

class Trials {
  readonly #options: TrialOptions
  readonly #tally: Tally
  readonly #ledger: Ledger
  readonly #certificate = createCertificate()
  #started = 0

  constructor(options: TrialOptions) {
    this.#options = options
    this.#tally = new Tally(`${options.title}, seed ${options.seed}`)
    this.#ledger = new Ledger(options.label)
  }

  async run(): Promise<Tally> {
    const { target, label, count } = this.#options
    const uri = `bolt://${target.host}:${target.port}`
    await using direct = GraphDatabase.driver(uri, { auth: target.credentials })
    await direct.executeQuery(`MATCH (n:${label}) DETACH DELETE n`)
    const draw = await this.#points()
    const waiting = Array.from({ length: count }, draw)
    await Promise.all(Array.from({ length: this.#options.lanes ?? 8 }, () => this.#lane(waiting)))
    await this.#compare(direct)
    await direct.executeQuery(`MATCH (n:${label}) DETACH DELETE n`)
    return this.#tally
  }

  async #lane(waiting: (readonly [string, Mode, Point])[]): Promise<void> {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.#trial(...next)
  }

  /** Runs every work undisturbed, and so finds where it can be disturbed. Returns what draws one point after the other. */
  async #points(): Promise<() => readonly [string, Mode, Point]> {
    const random = generator(this.#options.seed)
    const strata: { work: string; mode: Mode; points: Point[] }[] = []
    for (const work of Object.keys(works)) {
      const steps = new Map<Mode['scheme'], readonly PassingStep[]>()
      for (const scheme of ['bolt', 'neo4j'] as const) {
        steps.set(scheme, await this.#trial(work, { scheme, secure: false, byteByByte: false }, null))
      }
      for (const mode of modes) {
        const points = (steps.get(mode.scheme) ?? []).flatMap((step) =>
          places.flatMap((place) => this.#options.breaks.map((how) => ({ step, place, how }))),
        )
        strata.push({ work, mode, points: shuffled(points, random) })
      }
    }
    const order = shuffled(strata, random)
    let drawn = 0
    return () => {
      const round = Math.floor(drawn / order.length)
      const { work, mode, points } = order[drawn++ % order.length] as (typeof order)[number]
      return [work, mode, points[round % points.length] as Point]
    }
  }

  /** Runs one work; with a point, its connection breaks there. Returns what passed. */
  async #trial(work: string, mode: Mode, point: Point | null): Promise<readonly PassingStep[]> {
    const { target, config, abortAfter } = this.#options
    const id = String(this.#started++)
    const where = `${describe(work, mode, point)} (${id})`
    const controller = new AbortController()
    let faultAt = Number.POSITIVE_INFINITY
    let before: readonly PassingStep[] = []
    await using proxy = await FaultProxy.start({
      ...target,
      byteByByte: mode.byteByByte,
      tls: mode.secure ? this.#certificate : undefined,
      faultAt: ({ side, index }) => {
        if (point === null || side !== point.step.side || index !== point.step.index) return null
        faultAt = performance.now()
        before = [...proxy.trace]
        if (abortAfter !== undefined) setTimeout(() => controller.abort(new Error('called off')), abortAfter)
        return point
      },
    })
    // A server alone names in its routing table the address that ROUTE's context holds, which is the proxy's.
    const uri = `${mode.scheme}${mode.secure ? '+ssc' : ''}://127.0.0.1:${proxy.port}`
    const driver = GraphDatabase.driver(uri, { auth: target.credentials, maxConnectionPoolSize: 2, ...config })
    const run = works[work] as (typeof works)[string]
    const working = run({
      driver,
      ledger: this.#ledger,
      id,
      credentials: target.credentials,
      signal: abortAfter === undefined ? undefined : controller.signal,
      wrong: (what) => this.#tally.wrong.push(`${where}: ${what}`),
    })
    const outcome = await settled(working, patience)
    this.#handleAuthError(where, outcome, controller.signal, point)
    if (point !== null && faultAt < Number.POSITIVE_INFINITY) {
      const took = performance.now() - faultAt
      this.#tally.longest = Math.max(this.#tally.longest, took)
      const bound = this.#options.bound({ work, point, before, trace: proxy.trace })
      if (took > bound) this.#tally.unsettled.push(`${where}: took ${Math.round(took)} ms of ${bound}`)
      await this.#goesOn(where, driver)
    }
    await this.#leavesNothing(where, driver, proxy)
    if (point !== null) this.#tally[proxy.broken > 0 ? 'faults' : 'unreached'] += 1
    return proxy.trace
  }

  #handleAuthError(where: string, outcome: Settled, signal: AbortSignal, point: Point | null): void {
    if (outcome.status === 'pending') {
      this.#tally.unsettled.push(`${where}: never`)
    } else if (point === null) {
      if (outcome.status === 'rejected') this.#tally.wrong.push(`${where}: ${outcome.reason}`)
    } else if (outcome.status === 'fulfilled') {
      this.#tally.fulfilled += 1
    } else {
      this.#tally.rejected += 1
      const { reason } = outcome
      const named = isDriverError(reason) || isNeo4jError(reason) || (signal.aborted && reason === signal.reason)
      if (!named) this.#tally.wrong.push(`${where}: ${reason}`)
    }
  }

  /** The driver serves the next callers. One of them may meet a connection that is silent and waits to be found so. */
  async #goesOn(where: string, driver: Driver): Promise<void> {
    for (let tries = 1; ; tries++) {
      const next = await settled(
        driver.executeQuery('RETURN $where AS found', { where }, { routing: 'READ' }),
        patience,
      )
      if (next.status === 'pending') this.#tally.unsettled.push(`${where}: the query behind it`)
      else if (next.status === 'rejected' && tries < 3) continue
      else if (next.status === 'rejected') this.#tally.wrong.push(`${where}: the driver stays broken: ${next.reason}`)
      else if (next.value.records[0]?.get('found') !== where) this.#tally.wrong.push(`${where}: another answer`)
      return
    }
  }

  async #leavesNothing(where: string, driver: Driver, proxy: FaultProxy): Promise<void> {
    const held = () => driver.poolMetrics().reduce((sum, pool) => sum + pool.inUse + pool.creating + pool.waiting, 0)
    if (!(await becomesZero(held, patience))) {
      this.#tally.leaked.push(`${where}: ${JSON.stringify(driver.poolMetrics())}`)
    }
    if ((await settled(driver.close(), patience)).status === 'pending')
      this.#tally.unsettled.push(`${where}: the driver's close`)
    if (!(await becomesZero(() => proxy.open, patience))) this.#tally.leaked.push(`${where}: ${proxy.open} sockets`)
  }

  /** Work that was cut off may still be committed by the server while it is looked at: looks until nothing changes. */
  async #compare(direct: Driver): Promise<void> {
    let found = await this.#ledger.compare(direct)
    for (let before = ''; before !== JSON.stringify(found); ) {
      before = JSON.stringify(found)
      await sleep(500)
      found = await this.#ledger.compare(direct)
    }
    this.#tally.acknowledged = this.#ledger.count('acknowledged')
    this.#tally.inDoubt = this.#ledger.count('in doubt')
    this.#tally.lost.push(...found.lost)
    this.#tally.doubled.push(...found.doubled)
  }
}

function describe(work: string, { scheme, secure, byteByByte }: Mode, point: Point | null): string {
  const how = `${scheme}${secure ? ' TLS' : ''}${byteByByte ? ' byte by byte' : ''}`
  if (point === null) return `${work}, ${how}, undisturbed`
  return `${work}, ${how}, ${point.how} ${point.place} ${point.step.side}'s ${point.step.name} [${point.step.index}]`
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const shuffling = [...items]
  for (let i = shuffling.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = shuffling[i] as T
    shuffling[i] = shuffling[j] as T
    shuffling[j] = moved
  }
  return shuffling
}
