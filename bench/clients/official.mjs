// The official JavaScript driver, with its own default for integers. It has no batches: where ours reads batches, it streams.

import neo4j from 'neo4j-driver'
import { mapsToSend } from '../workloads.mjs'
import { serve } from './worker.mjs'

/** @typedef {import('neo4j-driver').Record} Row */

/** @type {Readonly<Record<import('../workloads.mjs').Shape, (record: Row) => number>>} */
const sums = {
  integers: (record) => record.get('x').toNumber(),
  mixed: (record) => {
    const list = record.get('l')
    let sum = record.get('i').toNumber() + record.get('s').length + record.get('f')
    if (record.get('b')) sum += 1
    if (record.get('n') === null) sum += 1
    for (let i = 0; i < list.length; i++) sum += list[i].toNumber()
    const map = record.get('m')
    return sum + map.a.toNumber() + map.b.toNumber() + map.c.toNumber()
  },
  nodes: (record) => {
    const { labels, elementId, properties } = record.get('n')
    let sum = elementId.length > 0 ? 1 : 0
    for (let i = 0; i < labels.length; i++) sum += labels[i].length
    if (properties.active) sum += 1
    sum += properties.id.toNumber() + properties.age.toNumber()
    return sum + properties.name.length + properties.score + properties.city.length
  },
  one: (record) => record.get('x').toNumber(),
  maps: (record) => record.get('x').toNumber(),
}

await serve(({ uri, user, password, query, fetchSize, routing, way, shape, pool }) => {
  const auth = user === '' ? undefined : neo4j.auth.basic(user, password)
  const driver = neo4j.driver(uri, auth, { maxConnectionPoolSize: pool, fetchSize, disableLosslessIntegers: false })
  const sumOf = sums[shape]

  const stream = async () => {
    const session = driver.session()
    let sum = 0
    for await (const record of session.run(query)) sum += sumOf(record)
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
  const rows = way === 'bulk' ? mapsToSend().map((map) => ({ ...map, id: neo4j.int(map.id) })) : []
  const ways = {
    stream,
    fetch: stream,
    eager: () => execute({}),
    execute: () => execute({ x: neo4j.int(1) }),
    bulk: () => execute({ rows }),
  }
  return { once: ways[way], close: () => driver.close() }
})
