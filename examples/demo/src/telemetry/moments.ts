/** Listens to the driver's channels: retries, and the pools as their connections come and go. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { PoolMessage, RetryMessage } from '@boltline/core'
import { isNeo4jError } from '@boltline/core'
import type { Moment, PoolView } from '../page/stage.ts'

export interface Listening {
  /** How many attempts were followed by another. */
  readonly retries: number
  stop(): void
}

/**
 * @param names - the names of the drivers on the page, by driver id
 * @param showMoment - called for each retry
 * @param showPools - called at most once per 100 ms
 */
export function listenToDrivers(
  names: ReadonlyMap<number, string>,
  showMoment: (kind: Moment['kind'], text: string) => void,
  showPools: (pools: readonly PoolView[]) => void,
): Listening {
  const pools = new Map<string, { name: string; pool: PoolMessage['pool'] }>()
  let retries = 0
  let timer: NodeJS.Timeout | null = null

  const draw = () => {
    timer = null
    showPools(
      [...names.values()].map((name) =>
        sumOf(
          name,
          [...pools.values()].filter((entry) => entry.name === name),
        ),
      ),
    )
  }
  const onPool = (message: unknown) => {
    const { driver, event, pool } = message as PoolMessage
    const name = names.get(driver.id)
    if (name === undefined) return
    const key = `${driver.id} ${pool.address}`
    if (event === 'removed') pools.delete(key)
    else pools.set(key, { name, pool })
    timer ??= setTimeout(draw, 100)
  }
  const onRetry = (message: unknown) => {
    const { operation, attempt, error, delay } = message as RetryMessage
    retries += 1
    const why = isNeo4jError(error) ? error.code : String(error)
    showMoment('retry', `${operation.kind} failed at attempt ${attempt} with ${why}; again in ${Math.round(delay)} ms`)
  }
  subscribe('boltline:pool', onPool)
  subscribe('boltline:retry', onRetry)
  return {
    get retries() {
      return retries
    },
    stop: () => {
      unsubscribe('boltline:pool', onPool)
      unsubscribe('boltline:retry', onRetry)
      if (timer !== null) clearTimeout(timer)
    },
  }
}

/** A driver has a pool for each server it knows. */
function sumOf(name: string, pools: readonly { readonly pool: PoolMessage['pool'] }[]): PoolView {
  const metrics = pools.map(({ pool }) => pool.metrics())
  const sum = (figure: 'inUse' | 'idle' | 'creating' | 'waiting' | 'max') =>
    metrics.reduce((total, entry) => total + entry[figure], 0)
  return {
    name,
    servers: metrics.length,
    inUse: sum('inUse'),
    idle: sum('idle'),
    creating: sum('creating'),
    waiting: sum('waiting'),
    max: sum('max'),
  }
}
