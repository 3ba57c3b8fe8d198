/** Subscribers of the diagnostics channels change nothing on the wire. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { startCluster, startScripted } from '@boltline/embedded'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { signatures } from '../../src/bolt/requests.ts'
import { observeOperation } from '../../src/diagnostics/channel-observer.ts'
import { channels } from '../../src/diagnostics/channels.ts'
import type { Cursor } from '../../src/execution/cursor.ts'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { askWith, message, openLink, rowsOf } from '../support/link-fixture.ts'

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
  vi.restoreAllMocks()
})

/** Subscribes to every event of every channel; returns how many events were published. */
function subscribeToAll(): () => number {
  let count = 0
  const receive = () => {
    count += 1
  }
  const names = Object.keys(channels).flatMap((name) =>
    ['pool', 'retry', 'notification'].includes(name)
      ? [`boltline:${name}`]
      : ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => `tracing:boltline:${name}:${event}`),
  )
  for (const name of names) subscribe(name, receive)
  const stop = () => {
    for (const name of names) unsubscribe(name, receive)
  }
  cleanUps.push(stop)
  return () => {
    stop()
    return count
  }
}

/** What drivers write to the servers at these ports, as text, without the ports. */
async function writtenTo(ports: readonly number[], work: () => Promise<void>): Promise<string> {
  const written: Buffer[] = []
  const original = Socket.prototype.write
  vi.spyOn(Socket.prototype, 'write').mockImplementation(function (this: Socket, ...given: unknown[]) {
    if (ports.includes(this.remotePort ?? 0)) written.push(Buffer.from(given[0] as Uint8Array))
    return original.apply(this, given as Parameters<typeof original>)
  })
  try {
    await work()
  } finally {
    vi.restoreAllMocks()
  }
  return Buffer.concat(written)
    .toString('latin1')
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, 'port')
}

const rows = Array.from({ length: 2_500 }, (_, n) => ({ n }))

/** Every kind of work, one after the other. */
async function everyKindOfWork(driver: Driver): Promise<void> {
  await driver.executeQuery('RETURN 1 AS n')
  await driver.executeQuery('RETURN 1 AS n', {}, { routing: 'READ' })
  await driver.executeQuery('RETURN 1 AS n', {}, { resultTransformer: async (result) => result.consume() })
  await driver.executeQuery('RETURN fails').catch(() => undefined)
  for (const fetchSize of [1, 50, 1_000, -1]) {
    await using session = driver.session({ fetchSize })
    const few = fetchSize === 1 ? 'RETURN 1 AS n' : 'RETURN many'
    let count = 0
    for await (const _ of session.run(few)) count += 1
    expect(count).toBe(fetchSize === 1 ? 1 : rows.length)
    await session.run(few).then((result) => result.consume())
    await session.executeRead(async (tx) => (await tx.run(few)).toEagerResult())
    await session.executeWrite(async (tx) => {
      await tx.run('RETURN 1 AS n')
      await tx.run(few)
    })
    const tx = await session.beginTransaction()
    await tx.run('RETURN 1 AS n').then((result) => result.fetch(1))
    await tx.commit()
    const undone = await session.beginTransaction()
    await undone.run('RETURN 1 AS n').then((result) => result.consume())
    await undone.rollback()
  }
}

describe('subscribers of all channels', () => {
  it.each(['bolt', 'neo4j'])('leave the bytes of every kind of work as they are over %s', async (scheme) => {
    const run = async () => {
      await using server = await startScripted()
      server.when('RETURN many').returns(rows)
      server.when('RETURN 1 AS n').returns([{ n: 1 }])
      server.when('RETURN fails').fails('Neo.ClientError.Statement.SyntaxError')
      const uri = server.uri.replace('bolt', scheme)
      const ports = [Number(new URL(uri).port)]
      return await writtenTo(ports, async () => {
        await using driver = GraphDatabase.driver(uri)
        await everyKindOfWork(driver)
      })
    }
    const unobserved = await run()
    const published = subscribeToAll()
    const observed = await run()
    expect(published()).toBeGreaterThan(100)
    expect(unobserved.length).toBeGreaterThan(1_000)
    expect(observed).toBe(unobserved)
  })

  it("leave the turns of a cluster's readers as they are", async () => {
    const run = async () => {
      await using cluster = await startCluster({ readers: 3, writers: 1 })
      cluster.when('RETURN 1 AS n').reads(() => [{ n: 1 }])
      const readers = cluster.readers.map((reader) => reader.address)
      await using driver = GraphDatabase.driver(cluster.uri)
      const turns: number[] = []
      for (let i = 0; i < 6; i++) {
        const { summary } = await driver.executeQuery('RETURN 1 AS n', {}, { routing: 'READ', database: 'neo4j' })
        turns.push(readers.indexOf(summary.server.address.toString()))
      }
      return turns
    }
    const unobserved = await run()
    const published = subscribeToAll()
    expect(await run()).toEqual(unobserved)
    expect(published()).toBeGreaterThan(10)
    expect(unobserved).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('leave the next batch requested before the last one is decoded', async () => {
    const batch = 100
    const records = rowsOf(batch, (n) => [n])
    const more = message(signatures.success, { has_more: true })
    const run = async () => {
      const { transport, connection } = openLink()
      const identity = { id: 1, uri: 'bolt://test', host: 'test', port: 7687, routed: false, encrypted: false }
      const settings = { mode: 'READ', database: null, bookmarks: [], metadata: undefined } as const
      const operation = observeOperation(identity, 'run', 'READ', null, false)
      const cursor: Cursor = askWith(connection, batch, operation.query(connection, 'RETURN', {}, settings, true))
      const receivedAtRequest: number[] = []
      transport.onWrite = () => receivedAtRequest.push(cursor.received)
      transport.arrive(message(signatures.success, { fields: ['n'] }), records, more)
      while (cursor.shift() !== undefined);
      for (let batches = 2; batches < 5; batches++) {
        const arrival = cursor.arrival()
        transport.arrive(records, more)
        await arrival
        while (cursor.shift() !== undefined);
      }
      return receivedAtRequest
    }
    const unobserved = await run()
    const published = subscribeToAll()
    expect(await run()).toEqual(unobserved)
    expect(published()).toBeGreaterThan(10)
    expect(unobserved).toEqual([100, 100, 200, 300])
  })
})
