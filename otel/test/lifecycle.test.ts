import { GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import type { Instrumentation as Instrumentation1 } from 'otel-1-instrumentation'
import { expect, it, onTestFinished } from 'vitest'
import { BoltlineInstrumentation } from '../src/index.ts'
import { startSdk } from './sdk.ts'
import { treeOf } from './shown.ts'

const read = 'RETURN 1 AS n'

async function one() {
  const server = await startScripted()
  server.when(read).returns([{ n: 1 }])
  return server
}

it('BoltlineInstrumentation is an Instrumentation of SDK 1.x and 2.x', () => {
  const instrumentation = new BoltlineInstrumentation({ enabled: false })
  const both: [Instrumentation<object>, Instrumentation1<object>] = [instrumentation, instrumentation]
  expect(both.map(({ instrumentationName }) => instrumentationName)).toEqual(Array(2).fill('@boltline/opentelemetry'))
  expect(instrumentation.getConfig()).toEqual({ enabled: false })
})

it('BoltlineInstrumentation stops at disable(), starts at enable(), and applies other options while it is enabled', async () => {
  await using server = await one()
  await using sdk = startSdk({ detail: 'operation' })
  await using driver = GraphDatabase.driver(server.uri)
  sdk.instrumentation.disable()
  await driver.executeQuery(read)
  expect(sdk.spans()).toEqual([])
  sdk.instrumentation.enable()
  sdk.instrumentation.enable()
  await driver.executeQuery(read)
  expect(treeOf(sdk.spans())).toBe('RETURN CLIENT')
  sdk.instrumentation.setConfig({ detail: 'attempt' })
  await driver.executeQuery(read)
  expect(sdk.spans()).toHaveLength(3)
})

it('disable() ends the open spans', async () => {
  await using server = await one()
  await using sdk = startSdk({ detail: 'operation' })
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const transaction = await session.beginTransaction()
  sdk.instrumentation.disable()
  expect(treeOf(sdk.spans())).toBe('neo4j.beginTransaction INTERNAL')
  await transaction.commit()
  expect(sdk.spans()).toHaveLength(1)
})

it('BoltlineInstrumentation uses global providers that are registered after it was constructed', async () => {
  const instrumentation = new BoltlineInstrumentation({ detail: 'operation' })
  onTestFinished(() => {
    instrumentation.disable()
    for (const api of [context, metrics, trace]) api.disable()
  })
  await using server = await one()
  await using driver = GraphDatabase.driver(server.uri)
  await driver.executeQuery(read)
  await using sdk = startSdk({ enabled: false })
  sdk.instrumentation.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(sdk.tracerProvider)
  metrics.setGlobalMeterProvider(sdk.meterProvider)
  await driver.executeQuery(read)
  expect(treeOf(sdk.spans())).toBe('RETURN CLIENT')
  const measured = (await sdk.metrics()).map(({ name }) => name)
  expect(measured).toContain('db.client.operation.duration')
  expect(measured).toContain('db.client.connection.count')
})
