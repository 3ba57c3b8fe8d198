/** Figures of pools, connections and routing tables. Pools are met by what happens in them: they come and go with servers. */

import type {
  AcquireMessage,
  ConnectMessage,
  DriverIdentity,
  PoolMessage,
  RoutingMessage,
  StepMessage,
} from '@boltline/core'
import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api'
import { serverAttributes } from './attributes.ts'
import { Bounded } from './bounded.ts'
import type { Instruments, ObservedInstruments } from './instruments.ts'
import { PoolNames } from './pool-names.ts'
import { attributes, ownAttributes, SYSTEM } from './semconv.ts'

/** The last routing table of a database. */
interface KnownTable {
  readonly driver: DriverIdentity
  readonly about: Attributes
  readonly servers: { readonly router: number; readonly reader: number; readonly writer: number }
}

/** What several pools of one name make together. */
interface Figures {
  idle: number
  used: number
  max: number
  waiting: number
}

export class PoolMetrics {
  readonly #instruments: () => Instruments
  readonly #names = new PoolNames()
  readonly #databases = new Bounded(100)
  /** By driver and database. */
  readonly #tables = new Map<string, KnownTable>()
  readonly #started = new WeakMap<StepMessage, number>()

  constructor(instruments: () => Instruments) {
    this.#instruments = instruments
  }

  started(step: StepMessage): void {
    this.#started.set(step, performance.now())
  }

  acquired(step: AcquireMessage): void {
    const seconds = this.#secondsOf(step)
    if (seconds === undefined || step.pool === null || step.error !== undefined) return
    this.#instruments().waitTime.record(seconds, this.#about(this.#names.of(step.pool)))
  }

  connected(step: ConnectMessage): void {
    const seconds = this.#secondsOf(step)
    if (seconds === undefined || step.error !== undefined) return
    this.#instruments().createTime.record(seconds, this.#about(step.address))
  }

  routed(step: RoutingMessage): void {
    const seconds = this.#secondsOf(step)
    if (seconds === undefined) return
    this.#instruments().routingDuration.record(seconds, serverAttributes(step.driver))
    if (step.table === null) return
    const { driver, table } = step
    const database = this.#databases.of(step.database ?? '')
    const { routers: router, readers: reader, writers: writer } = table
    const about = { ...serverAttributes(driver), [attributes.namespace]: database }
    this.#tables.set(`${driver.id} ${database}`, { driver, about, servers: { router, reader, writer } })
  }

  happened(message: PoolMessage): void {
    const { pool, driver } = message
    if (message.event === 'removed') {
      this.#names.forget(pool)
      if (!driver.routed) return
      for (const [key, table] of this.#tables) if (table.driver === driver) this.#tables.delete(key)
      return
    }
    const about = this.#about(this.#names.of(pool))
    const { timeouts, useTime, connectionsClosed } = this.#instruments()
    if (message.event === 'timedOut') timeouts.add(1, about)
    if (message.event === 'released') useTime.record(message.useTime / 1000, about)
    if (message.event === 'closed') connectionsClosed.add(1, { ...about, [ownAttributes.closeReason]: message.reason })
    if (message.event !== 'released' && message.event !== 'closed') return
    this.#countBytes(driver, 'receive', message.received)
    this.#countBytes(driver, 'transmit', message.sent)
  }

  /** Reads the pools; to be called when somebody collects. */
  observe(result: BatchObservableResult, observed: ObservedInstruments): void {
    const byName = new Map<string, Figures>()
    for (const [pool, name] of this.#names.entries()) {
      const { idle, inUse, max, waiting } = pool.metrics()
      const figures = byName.get(name) ?? { idle: 0, used: 0, max: 0, waiting: 0 }
      figures.idle += idle
      figures.used += inUse
      figures.max += max
      figures.waiting += waiting
      byName.set(name, figures)
    }
    for (const [name, { idle, used, max, waiting }] of byName) {
      const about = this.#about(name)
      result.observe(observed.count, idle, { ...about, [attributes.connectionState]: 'idle' })
      result.observe(observed.count, used, { ...about, [attributes.connectionState]: 'used' })
      result.observe(observed.idleMax, max, about)
      result.observe(observed.idleMin, 0, about)
      result.observe(observed.limit, max, about)
      result.observe(observed.pending, waiting, about)
    }
    this.#observeTables(result, observed.routingServers)
  }

  #observeTables(result: BatchObservableResult, servers: Observable): void {
    for (const { about, servers: counts } of this.#tables.values()) {
      for (const [role, count] of Object.entries(counts)) {
        result.observe(servers, count, { ...about, [ownAttributes.routingRole]: role })
      }
    }
  }

  #countBytes(driver: DriverIdentity, direction: 'receive' | 'transmit', bytes: number): void {
    if (bytes === 0) return
    this.#instruments().bytes.add(bytes, { ...serverAttributes(driver), [attributes.ioDirection]: direction })
  }

  #about(name: string): Attributes {
    return { [attributes.system]: SYSTEM, [attributes.poolName]: name }
  }

  #secondsOf(step: StepMessage): number | undefined {
    const started = this.#started.get(step)
    return started === undefined ? undefined : (performance.now() - started) / 1000
  }
}
