import { setImmediate as turn } from 'node:timers/promises'
import { type Driver, GraphDatabase } from '@boltline/core'
import { ManualClock, useClock } from '@boltline/core/testing'
import { startScripted } from '@boltline/embedded'
import { context, trace } from '@opentelemetry/api'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lines, startSdk } from './sdk.ts'
import { steadyAttributes, treeOf } from './shown.ts'

const find = 'MATCH (p:Person {name: $name}) RETURN p.age AS age'
const stream = 'UNWIND range(1, 100) AS n RETURN n'
const create = 'CREATE (:Order {no: $no})'
const deadlock = 'Neo.TransientError.Transaction.DeadlockDetected'

/** Lets the pause between attempts end as soon as the pool has come to rest. */
function hurry(driver: Driver): void {
  const atRest = () => driver.poolMetrics().every(({ inUse, creating }) => inUse === 0 && creating === 0)
  const pause = async (then: () => void) => {
    do await turn()
    while (!atRest())
    then()
  }
  onTestFinished(
    useClock({
      now: () => Date.now(),
      setTimeout: (then, ms, options) => {
        if (options?.ref) void pause(then)
        return options?.ref ? {} : setTimeout(then, ms).unref()
      },
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    }),
  )
}

async function shop() {
  const server = await startScripted()
  server.when(find).returns([{ age: 36 }])
  server.when(stream).streams(100, (n) => ({ n }))
  server.when(create).returns([])
  return server
}

describe.each(lines)('Spans with %s', (line) => {
  it('A query has a call span and an attempt, which waits for the first connection', async () => {
    await using server = await shop()
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    await sdk.inside('GET /age', () =>
      driver.executeQuery(find, { name: 'Ada' }, { database: 'people', routing: 'READ' }),
    )
    expect(treeOf(sdk.spans())).toMatchInlineSnapshot(`
      "GET /age INTERNAL
        MATCH Person CLIENT
          neo4j.transaction.attempt INTERNAL
            neo4j.pool.acquire INTERNAL
              neo4j.connection.create INTERNAL"
    `)
    const call = sdk.spans().find(({ name }) => name === 'MATCH Person')
    expect(call && steadyAttributes(call)).toMatchInlineSnapshot(`
      {
        "db.namespace": "people",
        "db.query.summary": "MATCH Person",
        "db.query.text": "MATCH (p:Person {name: $name}) RETURN p.age AS age",
        "db.system.name": "neo4j",
        "neo4j.access_mode": "READ",
        "neo4j.bolt.version": "6.1",
        "neo4j.driver.id": "*",
        "neo4j.pull.count": 1,
        "neo4j.result.available_ms": "*",
        "neo4j.result.consumed_ms": "*",
        "neo4j.result.outcome": "complete",
        "neo4j.transaction.outcome": "committed",
        "network.peer.address": "127.0.0.1",
        "network.peer.port": "*",
        "server.address": "127.0.0.1",
        "server.port": "*",
      }
    `)
    expect(call?.status).toEqual({ code: 0 })
    expect(call?.scope).toBe('@boltline/opentelemetry')
  })

  it('The detail operation creates one span for each call, and the detail message one for each message', async () => {
    for (const detail of ['operation', 'message'] as const) {
      await using server = await shop()
      await using sdk = startSdk({ detail }, line)
      await using driver = GraphDatabase.driver(server.uri)
      await driver.executeQuery(find, { name: 'Ada' })
      await using session = driver.session()
      await session.executeWrite(async (tx) => {
        await tx.run(create, { no: 1 }).consume()
        await tx.run(find, { name: 'Ada' }).consume()
      })
      await session.run(find, { name: 'Ada' }).consume()
      expect(treeOf(sdk.spans())).toMatchSnapshot()
    }
  })

  it('The span of a streamed query ends once, when the rest of its records has been discarded', async () => {
    await using server = await shop()
    await using sdk = startSdk({ detail: 'message' }, line)
    await using driver = GraphDatabase.driver(server.uri, { fetchSize: 10 })
    const session = driver.session()
    for await (const record of session.run(stream)) if (record.length > 0) break
    await session.close()
    expect(treeOf(sdk.spans(), ['neo4j.result.outcome', 'neo4j.pull.count'])).toMatchSnapshot()
  })

  it('A deadlock fails the span of an attempt and adds an event to the call, which succeeds', async () => {
    await using server = await shop()
    server.when(create).fails(deadlock).returns([])
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    hurry(driver)
    await using session = driver.session({ database: 'shop' })
    await session.executeWrite((tx) => tx.run(create, { no: 1 }).consume())
    expect(treeOf(sdk.spans(), ['neo4j.attempt', 'neo4j.attempts', 'neo4j.transaction.outcome'])).toMatchSnapshot()
  })

  it('The span of a failed query has the code of the server, and nothing of its message', async () => {
    await using server = await shop()
    server.when(create).fails('Neo.ClientError.Schema.ConstraintValidationFailed', {
      message: 'Node(1) already exists with label `Order` and property `no` = order-4711',
      gqlStatus: '22N41',
    })
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    await expect(driver.executeQuery(create, { no: 'order-4711' })).rejects.toThrow()
    const spans = sdk.spans()
    expect(treeOf(spans)).toMatchSnapshot()
    const call = spans.find(({ name }) => name === 'CREATE Order')
    expect(call?.attributes).toMatchObject({
      'db.response.status_code': 'Neo.ClientError.Schema.ConstraintValidationFailed',
      'error.type': 'Neo.ClientError.Schema.ConstraintValidationFailed',
      'neo4j.gql_status': '22N41',
    })
    expect(call?.status.code).toBe(2)
    expect(call?.status.message).toContain('ConstraintValidationFailed')
    expect(JSON.stringify(spans)).not.toContain('order-4711')
  })

  it('The span of a wait for the pool has the reason, and the failure after a timeout', async () => {
    await using server = await shop()
    await using sdk = startSdk({}, line)
    const time = new ManualClock(Date.now())
    onTestFinished(useClock(time))
    await using driver = GraphDatabase.driver(server.uri, {
      maxConnectionPoolSize: 1,
      connectionAcquisitionTimeout: 50,
    })
    await using session = driver.session()
    const transaction = await session.beginTransaction()
    const vain = expect(driver.executeQuery(find, { name: 'Ada' })).rejects.toThrow('became free')
    time.tick(50)
    await vain
    const waiting = driver.executeQuery(find, { name: 'Ada' })
    await transaction.commit()
    await waiting
    expect(treeOf(sdk.spans(), ['neo4j.pool.reason'])).toMatchSnapshot()
  })

  it('A lost connection fails the span of its attempt, and the next attempt opens another connection', async () => {
    await using server = await shop()
    server
      .when(find)
      .drops()
      .returns([{ age: 36 }])
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery(find, { name: 'Ada' })
    expect(treeOf(sdk.spans())).toMatchSnapshot()
  })

  it('The span of an aborted query fails with the reason of the abort', async () => {
    await using server = await shop()
    server.when(find).hangs()
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    const abort = new AbortController()
    const call = driver.executeQuery(find, { name: 'Ada' }, { signal: abort.signal })
    while (server.calls.length === 0) await turn()
    abort.abort()
    await expect(call).rejects.toThrow()
    expect(treeOf(sdk.spans())).toMatchSnapshot()
  })

  it('The span of an explicit transaction contains its queries, also those inside of spans of the application', async () => {
    await using server = await shop()
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    await sdk.inside('POST /orders', async () => {
      await using session = driver.session({ database: 'shop' })
      await using transaction = await session.beginTransaction()
      await transaction.run(create, { no: 1 })
      await sdk.inside('audit', () => transaction.run(find, { name: 'Ada' }).consume())
      await transaction.commit()
    })
    expect(treeOf(sdk.spans(), ['neo4j.transaction.outcome'])).toMatchSnapshot()
  })

  it('The spans of a unit of work are children of the attempt', async () => {
    await using server = await shop()
    await using sdk = startSdk({}, line)
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    await session.executeRead(async (tx) => {
      expect(trace.getSpan(context.active())).toBeDefined()
      await tx.run(find, { name: 'Ada' }).consume()
      await sdk.inside('price', async () => {
        await turn()
        await tx.run(find, { name: 'Eve' }).consume()
      })
    })
    expect(treeOf(sdk.spans())).toMatchSnapshot()
  })

  it('Spans name their driver, also where one driver is used inside the work of another', async () => {
    await using server = await shop()
    await using sdk = startSdk({}, line)
    await using one = GraphDatabase.driver(server.uri)
    await using two = GraphDatabase.driver(server.uri)
    await using session = one.session()
    await session.executeWrite(async (tx) => {
      await tx.run(create, { no: 1 }).consume()
      await two.executeQuery(find, { name: 'Ada' })
    })
    const spans = sdk.spans()
    expect(treeOf(spans)).toMatchSnapshot()
    const ids = spans.filter(({ kind }) => kind === 2).map(({ attributes }) => attributes['neo4j.driver.id'])
    expect(ids).toEqual([one.identity.id, two.identity.id])
  })

  it('Each span has the span of its own caller as parent when 50 callers share one connection', async () => {
    await using server = await shop()
    await using sdk = startSdk({ detail: 'message' }, line)
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        sdk.inside(`request ${n}`, () => driver.executeQuery(find, { name: 'Ada' })),
      ),
    )
    const spans = sdk.spans()
    const trees = new Map<string, typeof spans>()
    for (const span of spans) trees.set(span.traceId, [...(trees.get(span.traceId) ?? []), span])
    expect(trees.size).toBe(50)
    const shapes = [...trees.values()].map((tree) =>
      treeOf(tree)
        .split('\n')
        .filter((each) => !each.includes('neo4j.connection.create'))
        .slice(1)
        .join('\n'),
    )
    expect(new Set(shapes).size).toBe(1)
    expect(shapes[0]).toMatchSnapshot()
    expect(spans.filter(({ name }) => name === 'neo4j.connection.create')).toHaveLength(1)
  })
})
