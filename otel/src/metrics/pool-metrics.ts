/** Metrics of pools, connections and routing tables. Pools are discovered by their first event, because they come and go with servers. */

import type {
  AcquireMessage,
  ConnectMessage,
  DriverIdentity,
  PoolMessage,
  PoolView,
  RoutingMessage,
  StepMessage,
} from '@boltline/core'
import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api'
import { serverAttributes } from '../conventions/attributes.ts'
import { attributes, ownAttributes, SYSTEM } from '../conventions/semconv.ts'
import { CardinalityLimit } from './cardinality-limit.ts'
import type { Instruments, ObservedInstruments } from './instruments.ts'
import { PoolNames } from './pool-names.ts'

/** Number of servers per role. */
interface Servers {
  readonly router: number
  readonly reader: number
  readonly writer: number
}

/** The last routing table of a database, and the drivers that use it. */
interface KnownTable {
  readonly about: Attributes
  readonly drivers: Set<DriverIdentity>
  servers: Servers
}

const noServers: Servers = { router: 0, reader: 0, writer: 0 }

export class PoolMetrics {
  readonly #instruments: () => Instruments
  readonly #names = new PoolNames()
  readonly #databases = new CardinalityLimit(100)
  /** By address and database. */
  readonly #tables = new Map<string, KnownTable>()
  /** The pools that each driver has. */
  readonly #pools = new Map<DriverIdentity, Set<PoolView>>()
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
    const { routers: router, readers: reader, writers: writer } = step.table
    this.#recordTable(step.driver, this.#databases.of(step.database ?? ''), { router, reader, writer })
  }

  poolEvent(message: PoolMessage): void {
    const { pool, driver } = message
    if (message.event === 'removed') return this.#removePool(driver, pool)
    this.#addPool(driver, pool)
    const about = this.#about(this.#names.of(pool))
    const { timeouts, useTime, connectionsClosed } = this.#instruments()
    if (message.event === 'timedOut') timeouts.add(1, about)
    if (message.event === 'released') useTime.record(message.useTime / 1000, about)
    if (message.event === 'closed') connectionsClosed.add(1, { ...about, [ownAttributes.closeReason]: message.reason })
    if (message.event !== 'released' && message.event !== 'closed') return
    this.#countBytes(driver, 'receive', message.received)
    this.#countBytes(driver, 'transmit', message.sent)
  }

  /** Observes the pools and routing tables. Called at each collection. */
  observe(result: BatchObservableResult, observed: ObservedInstruments): void {
    // A series that is no longer observed may be exported with its last value for ever, so removed pools are reported as 0.
    for (const [name, pools] of this.#names.pools()) {
      const figures = pools.map((pool) => pool.metrics())
      const sum = (key: 'idle' | 'inUse' | 'max' | 'waiting') => figures.reduce((total, each) => total + each[key], 0)
      const about = this.#about(name)
      result.observe(observed.count, sum('idle'), { ...about, [attributes.connectionState]: 'idle' })
      result.observe(observed.count, sum('inUse'), { ...about, [attributes.connectionState]: 'used' })
      result.observe(observed.idleMax, sum('max'), about)
      result.observe(observed.idleMin, 0, about)
      result.observe(observed.limit, sum('max'), about)
      result.observe(observed.pending, sum('waiting'), about)
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

  #recordTable(driver: DriverIdentity, database: string, servers: Servers): void {
    const key = `${driver.host}:${driver.port} ${database}`
    const about = { ...serverAttributes(driver), [attributes.namespace]: database }
    const table = this.#tables.get(key) ?? { about, drivers: new Set(), servers }
    table.servers = servers
    table.drivers.add(driver)
    this.#tables.set(key, table)
  }

  #addPool(driver: DriverIdentity, pool: PoolView): void {
    const pools = this.#pools.get(driver)
    if (pools === undefined) this.#pools.set(driver, new Set([pool]))
    else pools.add(pool)
  }

  /** Removes a pool. A driver without pools is closed or has lost its cluster, so its routing tables are outdated. */
  #removePool(driver: DriverIdentity, pool: PoolView): void {
    this.#names.release(pool)
    const pools = this.#pools.get(driver)
    pools?.delete(pool)
    if (pools === undefined || pools.size > 0) return
    this.#pools.delete(driver)
    for (const table of this.#tables.values()) {
      if (table.drivers.delete(driver) && table.drivers.size === 0) table.servers = noServers
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
