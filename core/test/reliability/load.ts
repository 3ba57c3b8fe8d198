/**
 * Callers that move money between accounts and read what they have written, while connections break at random. Behind them the
 * sums must be right, and each transfer must be there as often as the outcome of its call allows.
 */

import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { generator } from '../../../tools/testing/random.mjs'
import { type Bookmarks, type Driver, GraphDatabase, isDriverError, isNeo4jError } from '../../src/index.ts'
import { breaks, type Fault, FaultProxy, places } from './fault-proxy.ts'
import { Ledger } from './ledger.ts'
import { becomesZero, settled } from './settled.ts'
import type { Target } from './trials.ts'

export interface LoadOptions {
  readonly title: string
  readonly target: Target
  readonly seed: number
  readonly callers: number
  /** For how long callers begin new transfers. */
  readonly seconds: number
  /** How many messages pass between two faults, on average. */
  readonly messagesPerFault: number
}

const openingBalance = 1_000
/** Retries included. */
const patience = 120_000

/** What was found; `problems` is empty where everything is right. */
export interface LoadReport {
  readonly problems: string[]
  readonly transfers: number
  readonly faults: number
  toString(): string
}

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { target } = options
  await using direct = GraphDatabase.driver(`bolt://${target.host}:${target.port}`, { auth: target.credentials })
  const load = new Load(options, direct)
  await load.prepare()
  await load.run()
  const report = await load.report()
  await load.clear()
  return report
}

class Load {
  readonly #options: LoadOptions
  readonly #direct: Driver
  readonly #random: () => number
  readonly #ledger = new Ledger('LoadTransfer')
  readonly #accounts: number
  readonly #problems: string[] = []
  #faults = 0
  #reads = 0
  #transfers = 0

  constructor(options: LoadOptions, direct: Driver) {
    this.#options = options
    this.#direct = direct
    this.#random = generator(options.seed)
    this.#accounts = options.callers * 2
  }

  async clear(): Promise<void> {
    for (const label of ['LoadAccount', 'LoadTransfer', 'LoadRegister']) {
      for (let left = 1; left > 0; ) {
        const query = `MATCH (n:${label}) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS n`
        left = (await this.#direct.executeQuery(query)).records[0]?.get('n') ?? 0
      }
    }
  }

  async prepare(): Promise<void> {
    await this.clear()
    await this.#direct.executeQuery(
      'UNWIND range(0, $last) AS id CREATE (:LoadAccount {id: id, balance: $openingBalance})',
      { last: this.#accounts - 1, openingBalance },
    )
    await this.#direct.executeQuery('UNWIND range(0, $last) AS id CREATE (:LoadRegister {id: id, value: 0})', {
      last: this.#options.callers - 1,
    })
  }

  async run(): Promise<void> {
    const { target, callers, seconds } = this.#options
    const tls = createCertificate()
    const faultAt = () => this.#fault()
    await using plain = await FaultProxy.start({ ...target, faultAt })
    await using secure = await FaultProxy.start({ ...target, faultAt, tls })
    const uris = [`bolt://127.0.0.1:${plain.port}`, `neo4j+ssc://127.0.0.1:${secure.port}`]
    const config = { auth: target.credentials, maxConnectionPoolSize: 40, responseTimeout: 10_000 }
    const drivers = uris.map((uri) => GraphDatabase.driver(uri, config))
    const end = performance.now() + seconds * 1_000
    await Promise.all(
      Array.from({ length: callers }, (_, caller) => {
        const driver = drivers[caller % drivers.length] as Driver
        return new Caller(caller, driver, this.#ledger, this.#accounts, generator(this.#options.seed + caller + 1), {
          problem: (what) => this.#problems.push(what),
          read: () => {
            this.#reads += 1
          },
        }).run(end)
      }),
    )
    this.#faults = plain.broken + secure.broken
    for (const driver of drivers) await this.#leavesNothing(driver)
  }

  /** Stalls are rare: each holds a connection until `responseTimeout`. */
  #fault(): Fault | null {
    if (this.#random() * this.#options.messagesPerFault >= 1) return null
    const how = breaks[Math.floor(this.#random() * 2.1)] ?? 'fin'
    return { place: places[Math.floor(this.#random() * places.length)] ?? 'before', how }
  }

  async #leavesNothing(driver: Driver): Promise<void> {
    const held = () => driver.poolMetrics().reduce((sum, pool) => sum + pool.inUse + pool.creating + pool.waiting, 0)
    if (!(await becomesZero(held, patience))) this.#problems.push(`leaked: ${JSON.stringify(driver.poolMetrics())}`)
    if ((await settled(driver.close(), patience)).status === 'pending') this.#problems.push('a driver never closes')
  }

  async report(): Promise<LoadReport> {
    const { lost, doubled } = await this.#ledger.compare(this.#direct)
    this.#problems.push(...lost.map((found) => `lost: ${found}`), ...doubled.map((found) => `doubled: ${found}`))
    await this.#checkSums()
    const { title, seed, callers, seconds } = this.#options
    const counts = (['acknowledged', 'in doubt', 'refused', 'open'] as const).map(
      (outcome) => `${this.#ledger.count(outcome)} ${outcome}`,
    )
    const text =
      `${title}, seed ${seed}: ${callers} callers for ${seconds} s, ${this.#faults} faults; ` +
      `${this.#transfers} transfers there (${counts.join(', ')}), ${this.#reads} reads checked: ` +
      `${lost.length} lost, ${doubled.length} doubled, ${this.#problems.length} problems in all`
    return {
      problems: this.#problems,
      transfers: this.#transfers,
      faults: this.#faults,
      toString: () => text,
    }
  }

  /** No money has come or gone, and each account has what its transfers have left there. */
  async #checkSums(): Promise<void> {
    const accounts = await this.#direct.executeQuery('MATCH (a:LoadAccount) RETURN a.id AS id, a.balance AS balance')
    const transfers = await this.#direct.executeQuery(
      'MATCH (t:LoadTransfer) RETURN t.source AS source, t.target AS target, t.amount AS amount',
    )
    const due = new Map(Array.from({ length: this.#accounts }, (_, id) => [id, openingBalance]))
    for (const record of transfers.records) {
      const { source, target, amount } = record.toObject() as { source: number; target: number; amount: number }
      due.set(source, (due.get(source) ?? 0) - amount)
      due.set(target, (due.get(target) ?? 0) + amount)
    }
    let sum = 0
    for (const record of accounts.records) {
      const { id, balance } = record.toObject() as { id: number; balance: number }
      sum += balance
      if (balance !== due.get(id)) this.#problems.push(`account ${id} has ${balance} instead of ${due.get(id)}`)
    }
    this.#transfers = transfers.records.length
    if (sum !== this.#accounts * openingBalance) this.#problems.push(`the sum of all accounts is ${sum}`)
  }
}

/** What a caller finds out. */
interface Findings {
  problem(what: string): void
  read(): void
}

const move = [
  'MATCH (a:LoadAccount {id: $source}) SET a.balance = a.balance - $amount',
  'MATCH (a:LoadAccount {id: $target}) SET a.balance = a.balance + $amount',
  'CREATE (:LoadTransfer {key: $key, source: $source, target: $target, amount: $amount})',
] as const
const moveAtOnce = `MATCH (a:LoadAccount {id: $source}), (b:LoadAccount {id: $target})
SET a.balance = a.balance - $amount, b.balance = b.balance + $amount
CREATE (:LoadTransfer {key: $key, source: $source, target: $target, amount: $amount})`
const setRegister = 'MATCH (r:LoadRegister {id: $id}) SET r.value = $value'
const readRegister = 'MATCH (r:LoadRegister {id: $id}) RETURN r.value AS value'

class Caller {
  readonly #id: number
  readonly #driver: Driver
  readonly #ledger: Ledger
  readonly #accounts: number
  readonly #random: () => number
  readonly #findings: Findings
  /** What this caller's register may hold: one value, or two while a write is in doubt. */
  #register: readonly number[] = [0]
  /** The last write of the register that was sent. */
  #lastValue = 0
  #bookmarks: Bookmarks | undefined

  constructor(id: number, driver: Driver, ledger: Ledger, accounts: number, random: () => number, findings: Findings) {
    this.#id = id
    this.#driver = driver
    this.#ledger = ledger
    this.#accounts = accounts
    this.#random = random
    this.#findings = findings
  }

  async run(end: number): Promise<void> {
    const works = [
      (i: number) => this.#transferAtOnce(i),
      (i: number) => this.#transferManaged(i),
      (i: number) => this.#transferByHand(i),
      () => this.#write(),
      () => this.#read(),
    ]
    for (let i = 0; performance.now() < end; i++) {
      const work = works[i % works.length] as (typeof works)[number]
      const outcome = await settled(work(i), patience)
      if (outcome.status === 'pending') this.#findings.problem(`caller ${this.#id}: call ${i} never settles`)
      if (outcome.status !== 'rejected') continue
      const { reason } = outcome
      if (!isDriverError(reason) && !isNeo4jError(reason)) this.#findings.problem(`caller ${this.#id}: ${reason}`)
    }
  }

  #transfer(i: number) {
    const source = Math.floor(this.#random() * this.#accounts)
    const target = (source + 1 + Math.floor(this.#random() * (this.#accounts - 1))) % this.#accounts
    return { key: `${this.#id}/${i}`, source, target, amount: 1 + Math.floor(this.#random() * 9) }
  }

  async #transferAtOnce(i: number): Promise<void> {
    const transfer = this.#transfer(i)
    await this.#ledger.transaction([transfer.key], () => this.#driver.executeQuery(moveAtOnce, transfer))
  }

  async #transferManaged(i: number): Promise<void> {
    const transfer = this.#transfer(i)
    await using session = this.#driver.session()
    await this.#ledger.transaction([transfer.key], () =>
      session.executeWrite(async (tx) => {
        for (const query of move) await tx.run(query, transfer).consume()
      }),
    )
  }

  async #transferByHand(i: number): Promise<void> {
    const transfer = this.#transfer(i)
    await using session = this.#driver.session()
    await this.#ledger.transaction([transfer.key], async () => {
      await using tx = await session.beginTransaction()
      await Promise.all(move.map((query) => tx.run(query, transfer).consume()))
      await tx.commit()
    })
  }

  async #write(): Promise<void> {
    const value = ++this.#lastValue
    const before = this.#register
    // Until the outcome is known, the register may hold either.
    this.#register = [...before, value]
    await using session = this.#driver.session()
    await session.executeWrite((tx) => tx.run(setRegister, { id: this.#id, value }).consume())
    this.#register = [value]
    this.#bookmarks = session.lastBookmarks()
  }

  /** Reads in a session of its own what this caller has written in another. */
  async #read(): Promise<void> {
    await using session = this.#driver.session({ bookmarks: this.#bookmarks, defaultAccessMode: 'READ' })
    const query = { id: this.#id }
    const [read] = await session.executeRead((tx) => tx.run(readRegister, query).value('value'))
    const value = read as number
    this.#findings.read()
    if (!this.#register.includes(value)) {
      this.#findings.problem(`caller ${this.#id} read ${value} where ${this.#register.join(' or ')} was due`)
    }
    this.#register = [value]
  }
}
