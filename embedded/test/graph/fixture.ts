/** An embedded graph and its driver for one test file. */

import { type Driver, type DriverConfig, GraphDatabase } from '@boltline/core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type EmbeddedGraph, type EmbeddedOptions, startEmbedded } from '../../src/index.ts'

export interface Fixture {
  readonly graph: EmbeddedGraph
  readonly driver: Driver
  /** Runs a query and returns its records as plain objects. */
  rows(query: string, parameters?: object): Promise<Record<string, unknown>[]>
}

/** Starts a graph before the first test, empties it before each test, and stops it after the last. */
export function useGraph(options: EmbeddedOptions = {}, config: DriverConfig = {}): Fixture {
  let graph!: EmbeddedGraph
  let driver!: Driver
  beforeAll(async () => {
    graph = await startEmbedded(options)
    driver = GraphDatabase.driver(graph.uri, config)
  })
  afterAll(async () => {
    await driver.close()
    await graph.close()
  })
  beforeEach(() => graph.reset())
  return {
    get graph() {
      return graph
    },
    get driver() {
      return driver
    },
    rows: async (query, parameters = {}) =>
      (await driver.executeQuery(query, parameters)).records.map((record) => record.toObject()),
  }
}
