import { type Driver, GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import type { BoltlineInstrumentationOptions } from '../src/index.ts'
import { startSdk } from './sdk.ts'

const read = 'RETURN 1 AS n'

/** The metadata of every query that the server received, and the spans of the run. */
async function run(options: BoltlineInstrumentationOptions, work: (driver: Driver) => Promise<unknown>) {
  await using server = await startScripted()
  server.when(read).returns([{ n: 1 }])
  await using sdk = startSdk(options)
  await using driver = GraphDatabase.driver(server.uri)
  await work(driver)
  return { metadata: server.calls.map((call) => call.metadata as Record<string, unknown>), spans: sdk.spans() }
}

it('tx-metadata writes the trace context of the attempt to the metadata of its transaction', async () => {
  const { metadata, spans } = await run({ propagate: 'tx-metadata' }, (driver) =>
    driver.executeQuery(read, {}, { metadata: { app: 'shop' } }),
  )
  const attempt = spans.find(({ name }) => name === 'neo4j.transaction.attempt')
  expect(metadata).toEqual([{ app: 'shop', traceparent: `00-${attempt?.traceId}-${attempt?.id}-01` }])
})

it('tx-metadata names the innermost span, for every kind of transaction', async () => {
  const { metadata, spans } = await run({ propagate: 'tx-metadata', detail: 'operation' }, async (driver) => {
    await using session = driver.session()
    await session.run(read).consume()
    await session.executeRead((tx) => tx.run(read).consume())
    await using transaction = await session.beginTransaction()
    await transaction.run(read).consume()
    await transaction.commit()
  })
  const ids = ['RETURN', 'neo4j.executeRead', 'neo4j.beginTransaction'].map((name) => {
    const calls = spans.filter((span) => span.name === name && span.parentId === undefined)
    return `00-${calls[0]?.traceId}-${calls[0]?.id}-01`
  })
  expect(metadata.map(({ traceparent }) => traceparent)).toEqual(ids)
})

it('tx-metadata keeps fields of the same names that the caller set, also in a Map', async () => {
  const { metadata } = await run({ propagate: 'tx-metadata' }, async (driver) => {
    await driver.executeQuery(read, {}, { metadata: { traceparent: 'mine' } })
    await driver.executeQuery(read, {}, { metadata: new Map([['app', 'shop']]) })
  })
  expect(metadata[0]).toEqual({ traceparent: 'mine' })
  expect(metadata[1]).toEqual({ app: 'shop', traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) })
})

it('The metadata of a transaction stays unchanged without tx-metadata and without a span', async () => {
  const off = await run({}, (driver) => driver.executeQuery(read))
  const orphan = await run({ propagate: 'tx-metadata', requireParentSpan: true }, (driver) => driver.executeQuery(read))
  expect([...off.metadata, ...orphan.metadata].map((each) => Object.keys(each ?? {}))).toEqual([[], []])
})
