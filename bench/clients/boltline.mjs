// This driver.

import { GraphDatabase } from '@boltline/core'
import { mapsToSend } from '../workloads.mjs'
import { serve } from './worker.mjs'

/** @typedef {import('@boltline/core').Record} Row */

/** @type {Readonly<Record<import('../workloads.mjs').Shape, (record: Row) => number>>} */
const sums = {
  integers: (record) => record.get('x'),
  mixed: (record) => {
    const list = record.get('l')
    let sum = record.get('i') + record.get('s').length + record.get('f')
    if (record.get('b')) sum += 1
    if (record.get('n') === null) sum += 1
    for (let i = 0; i < list.length; i++) sum += list[i]
    const map = record.get('m')
    return sum + map.a + map.b + map.c
  },
  nodes: (record) => {
    const { labels, elementId, properties } = record.get('n')
    let sum = elementId.length > 0 ? 1 : 0
    for (let i = 0; i < labels.length; i++) sum += labels[i].length
    if (properties.active) sum += 1
    return sum + properties.id + properties.name.length + properties.age + properties.score + properties.city.length
  },
  one: (record) => record.get('x'),
  maps: (record) => record.get('x'),
}

await serve(({ uri, user, password, query, fetchSize, routing, way, shape, pool }) => {
  const driver = GraphDatabase.driver(uri, {
    ...(user !== '' && { auth: [user, password] }),
    maxConnectionPoolSize: pool,
    // The default is left to the driver, which asks for all where it keeps all.
    ...(fetchSize !== 1000 && { fetchSize }),
  })
  const sumOf = sums[shape]

  const stream = async () => {
    const session = driver.session()
    let sum = 0
    for await (const record of await session.run(query)) sum += sumOf(record)
    await session.close()
    return sum
  }
  const fetch = async () => {
    const session = driver.session()
    const result = await session.run(query)
    let sum = 0
    for (let records = await result.fetch(1000); records.length > 0; records = await result.fetch(1000)) {
      for (const record of records) sum += sumOf(record)
    }
    await session.close()
    return sum
  }
  /** @param {object} parameters */
  const execute = async (parameters) => {
    const { records } = await driver.executeQuery(query, parameters, { routing })
    let sum = 0
    for (const record of records) sum += sumOf(record)
    return sum
  }
  const rows = way === 'bulk' ? mapsToSend() : []
  const ways = {
    stream,
    fetch,
    eager: () => execute({}),
    execute: () => execute({ x: 1 }),
    bulk: () => execute({ rows }),
  }
  return { once: ways[way], close: () => driver.close() }
})
