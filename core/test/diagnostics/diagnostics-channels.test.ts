import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { C, query, S, type ScriptedServer, startCluster, startPlay, startScripted } from '@boltline/embedded'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type AcquireMessage,
  type AttemptMessage,
  type ConnectMessage,
  type Driver,
  GraphDatabase,
  type NotificationMessage,
  type OperationMessage,
  type PoolMessage,
  type PullMessage,
  type QueryMessage,
  type RetryMessage,
  type RoutingMessage,
  type StepMessage,
  type TransactionMessage,
} from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'

const steps = ['operation', 'attempt', 'transaction', 'query', 'pull', 'acquire', 'connect', 'routing'] as const
type Step = (typeof steps)[number]

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** Writes down what is published: `operation:start`, and the messages by channel. */
function listen(...names: readonly Step[]) {
  const events: string[] = []
  const messages: { [name: string]: StepMessage[] } = {}
  for (const name of names.length === 0 ? steps : names) {
    messages[name] = []
    for (const moment of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const) {
      const full = `tracing:boltline:${name}:${moment}`
      const receive = (message: unknown) => {
        events.push(`${name}:${moment}`)
        if (moment === 'start') messages[name]?.push(message as StepMessage)
      }
      subscribe(full, receive)
      cleanUps.push(() => unsubscribe(full, receive))
    }
  }
  const of = <M extends StepMessage>(name: Step) => messages[name] as M[]
  return { events, of }
}

function points<M>(name: 'pool' | 'retry' | 'notification'): M[] {
  const heard: M[] = []
  const receive = (message: unknown) => heard.push(message as M)
  subscribe(`boltline:${name}`, receive)
  cleanUps.push(() => unsubscribe(`boltline:${name}`, receive))
  return heard
}

describe('the tracing channels', () => {
  it('publish each step of executeQuery from the call to the commit, and end each once', async () => {
    await using server = await startScripted()
    server.when('RETURN $x AS x').returns([{ x: 1 }, { x: 2 }])
    await using driver = GraphDatabase.driver(server.uri)
    const { events, of } = listen()
    await driver.executeQuery('RETURN $x AS x', { x: 'secret' }, { database: 'movies', routing: 'READ' })
    for (const name of steps.filter((each) => each !== 'routing')) {
      const moments = events.filter((each) => each.startsWith(`${name}:`)).map((each) => each.split(':')[1])
      const once = ['start', 'end', 'asyncStart', 'asyncEnd']
      expect(moments.sort()).toEqual(name === 'transaction' ? [...once, ...once].sort() : once.sort())
    }
    const [operation] = of<OperationMessage>('operation')
    expect(operation).toMatchObject({
      kind: 'executeQuery',
      mode: 'READ',
      database: 'movies',
      text: 'RETURN $x AS x',
      attempts: 1,
      outcome: 'committed',
      ended: true,
      error: undefined,
    })
    expect(operation?.driver).toBe(driver.identity)
    expect(operation?.parameters).toEqual({ x: 'secret' })
    const [attempt] = of<AttemptMessage>('attempt')
    expect(attempt).toMatchObject({ number: 1, operation, outcome: 'committed' })
    const [queried] = of<QueryMessage>('query')
    expect(queried).toMatchObject({ parent: attempt, records: 2, batches: 1, outcome: 'complete', autoCommit: false })
    expect(operation?.query).toBe(queried)
    expect(of<PullMessage>('pull')).toMatchObject([{ query: queried, request: 'PULL', size: -1, records: 2 }])
    expect(of<TransactionMessage>('transaction').map(({ request }) => request)).toEqual(['BEGIN', 'COMMIT'])
    const [acquire] = of<AcquireMessage>('acquire')
    expect(acquire).toMatchObject({ parent: attempt, reason: 'opening' })
    const [connect] = of<ConnectMessage>('connect')
    expect(connect).toMatchObject({ acquire, server: queried?.server })
    expect(connect?.transportTime).toBeGreaterThanOrEqual(0)
    expect(connect?.server?.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  it('hide parameters when a message is printed', async () => {
    await using server = await startScripted()
    server.when('RETURN $x AS x').returns([{ x: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'credential-1'] })
    const { of } = listen()
    await driver.executeQuery('RETURN $x AS x', { x: 'value-2' })
    const printed = steps.map((name) => inspect(of(name), { depth: 10 }) + JSON.stringify(of<QueryMessage>('query')[0]))
    expect(printed.join()).toContain('RETURN $x AS x')
    expect(printed.join()).not.toMatch(/credential-1|value-2/)
  })

  it('publish every attempt, and the retry between them', async () => {
    await using server = await startScripted()
    server.when('CREATE (n)').fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
    cleanUps.push(
      useClock({
        now: () => Date.now(),
        // Skips the pause before the second attempt.
        setTimeout: (fn, ms) => setTimeout(fn, ms < 2000 ? 0 : ms).unref(),
        clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
      }),
    )
    await using driver = GraphDatabase.driver(server.uri)
    const { events, of } = listen('operation', 'attempt')
    const retries = points<RetryMessage>('retry')
    await using session = driver.session()
    await session.executeWrite((tx) => tx.run('CREATE (n)').consume())
    expect(of<AttemptMessage>('attempt')).toMatchObject([
      { number: 1, error: { code: 'Neo.TransientError.Transaction.DeadlockDetected' }, outcome: undefined },
      { number: 2, error: undefined, outcome: 'committed' },
    ])
    expect(retries).toMatchObject([{ attempt: 1, operation: of('operation')[0], delay: expect.any(Number) }])
    expect(events.filter((each) => each.endsWith(':error'))).toEqual(['attempt:error'])
  })

  it('end an auto-commit query when its result ends, by any cause', async () => {
    await using server = await startScripted()
    server.when('UNWIND range(1, 100) AS n RETURN n').streams(100, (n) => ({ n }))
    await using driver = GraphDatabase.driver(server.uri, { fetchSize: 10 })
    const { events, of } = listen('operation', 'query', 'pull')
    const session = driver.session()
    for await (const record of session.run('UNWIND range(1, 100) AS n RETURN n')) {
      expect(record.length).toBe(1)
      break
    }
    await session.close()
    expect(events.filter((each) => each.endsWith('asyncEnd'))).toEqual([
      'pull:asyncEnd',
      'pull:asyncEnd',
      'query:asyncEnd',
      'operation:asyncEnd',
    ])
    expect(of<QueryMessage>('query')).toMatchObject([{ outcome: 'discarded', autoCommit: true, batches: 2 }])
    expect(of<PullMessage>('pull')).toMatchObject([
      { request: 'PULL', hasMore: true, records: 10 },
      { request: 'DISCARD', hasMore: false },
    ])
    expect(of<OperationMessage>('operation')).toMatchObject([{ kind: 'run', ended: true, outcome: 'committed' }])
  })

  it('end an explicit transaction when the caller ends it', async () => {
    await using server = await startScripted()
    server.when('CREATE (n)').returns([])
    await using driver = GraphDatabase.driver(server.uri)
    const { of } = listen()
    await using session = driver.session()
    for (const end of ['commit', 'rollback', 'close'] as const) {
      const transaction = await session.beginTransaction()
      await transaction.run('CREATE (n)')
      expect(of<OperationMessage>('operation').at(-1)?.ended).toBe(false)
      await transaction[end]()
    }
    server.onCommit().drops()
    const lost = await session.beginTransaction()
    await expect(lost.commit()).rejects.toThrow('COMMIT')
    const operations = of<OperationMessage>('operation')
    expect(operations.map(({ outcome }) => outcome)).toEqual(['committed', 'rolledBack', 'rolledBack', undefined])
    expect(operations.every(({ kind, ended }) => kind === 'beginTransaction' && ended)).toBe(true)
    expect(operations.at(-1)?.error).toMatchObject({ name: 'IncompleteCommit' })
  })

  describe.each(['without a query', 'with an unread result'])(
    'end an explicit transaction that stands idle %s,',
    (state) => {
      type Happening = (parts: { server: ScriptedServer; driver: Driver; caller: AbortController }) => unknown
      const happenings: readonly [string, string, Happening][] = [
        ['its connection is lost', 'ServiceUnavailable', ({ server }) => server.close()],
        ['the driver is closed', 'ServiceUnavailable', ({ driver }) => driver.close()],
        ['its signal aborts', 'AbortError', ({ caller }) => caller.abort()],
      ]
      it.each(happenings)('once and with the error, when %s', async (_how, name, happens) => {
        await using server = await startScripted()
        server.when('ROWS').streams(5_000, (i) => ({ i }))
        await using driver = GraphDatabase.driver(server.uri, { fetchSize: 10 })
        const { of, events } = listen()
        const ends = () => events.filter((event) => event === 'operation:asyncEnd').length
        await using session = driver.session()
        const caller = new AbortController()
        const transaction = await session.beginTransaction({ signal: caller.signal })
        if (state === 'with an unread result') await (await transaction.run('ROWS')).fetch(1)
        expect(ends()).toBe(0)
        await happens({ server, driver, caller })
        await vi.waitFor(() => expect(ends()).toBe(1))
        expect(of<OperationMessage>('operation')).toMatchObject([{ ended: true, outcome: undefined, error: { name } }])
        for (const step of steps) for (const message of of(step)) expect(message).toMatchObject({ ended: true })
        // What the caller does afterwards ends nothing again.
        await transaction.rollback()
        await session.close()
        expect(ends()).toBe(1)
      })
    },
  )

  it('end a transaction that is aborted with the reason null as a failure', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri)
    const { of } = listen()
    await using session = driver.session()
    const caller = new AbortController()
    await session.beginTransaction({ signal: caller.signal })
    caller.abort(null)
    expect(of<OperationMessage>('operation')).toMatchObject([{ ended: true, outcome: undefined, error: null }])
  })

  it('end every step of work that fails, is abandoned, or loses its connection', async () => {
    await using server = await startScripted()
    server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
    server.when('LOST').drops()
    server.when('LONG').hangs()
    await using driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0 })
    const { of } = listen()
    await expect(driver.executeQuery('BAD')).rejects.toThrow()
    await expect(driver.executeQuery('LOST')).rejects.toThrow()
    const abort = new AbortController()
    const given = driver.executeQuery('LONG', {}, { signal: abort.signal })
    while (server.calls.at(-1)?.query !== 'LONG') await new Promise((resolve) => setImmediate(resolve))
    abort.abort(new Error('no longer wanted'))
    await expect(given).rejects.toThrow('no longer wanted')
    for (const name of steps) for (const message of of(name)) expect(message).toMatchObject({ ended: true })
    const failed = of<QueryMessage>('query').map(({ outcome, error }) => [outcome, (error as Error).name])
    expect(failed).toEqual([
      ['failed', 'CypherSyntaxError'],
      ['failed', 'ServiceUnavailable'],
      ['failed', 'Error'],
    ])
    expect(of<OperationMessage>('operation').map(({ error }) => (error as Error).message)).toHaveLength(3)
  })

  it('publish a parameter that cannot be sent as the failure of its query', async () => {
    await using server = await startScripted()
    await using driver = GraphDatabase.driver(server.uri)
    const { of } = listen()
    await expect(driver.executeQuery('RETURN $x', { x: Symbol('x') })).rejects.toThrow('parameters.x')
    await using session = driver.session()
    await expect(session.run('RETURN $x', { x: Symbol('x') })).rejects.toThrow('parameters.x')
    for (const message of [...of('query'), ...of('operation')]) {
      expect(message).toMatchObject({ ended: true, error: { name: 'ParameterError' } })
    }
    expect(of<QueryMessage>('query').map(({ outcome }) => outcome)).toEqual(['failed', 'failed'])
  })

  it('publish a search for a routing table, and the connections it needs', async () => {
    await using cluster = await startCluster({ routers: 1, readers: 2, writers: 1, seed: 7 })
    cluster.when('RETURN 1').reads(() => [{ n: 1 }])
    await using driver = GraphDatabase.driver(cluster.uri)
    const { of } = listen()
    await driver.executeQuery('RETURN 1', {}, { routing: 'READ' })
    const [routing] = of<RoutingMessage>('routing')
    const [wanted, router] = of<AcquireMessage>('acquire')
    expect(routing).toMatchObject({ acquire: wanted, ended: true })
    expect(routing?.asked).toHaveLength(1)
    expect(routing?.table).toMatchObject({ routers: 1, readers: 2, writers: 1 })
    expect(router).toMatchObject({ parent: routing, reason: 'opening' })
    expect(of<ConnectMessage>('connect').map(({ acquire }) => acquire)).toEqual([router, wanted])
  })
})

describe('the context of a channel', () => {
  it('is the caller for every step, with one connection and 50 callers', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS n').returns([{ n: 1 }])
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    const caller = new AsyncLocalStorage<number>()
    const wrong: unknown[] = []
    const owners = new WeakMap<object, number>()
    let seen = 0
    const check = (message: unknown) => {
      const { parent, acquire, operation } = message as { parent?: object; acquire?: object; operation?: object }
      const above = parent ?? acquire ?? operation
      const here = caller.getStore()
      seen += 1
      if (here === undefined || (above !== undefined && owners.get(above) !== here)) wrong.push(message)
      owners.set(message as object, here ?? -1)
    }
    for (const name of ['operation', 'attempt', 'acquire', 'connect', 'transaction', 'query'] as const) {
      subscribe(`tracing:boltline:${name}:start`, check)
      cleanUps.push(() => unsubscribe(`tracing:boltline:${name}:start`, check))
    }
    const call = (n: number) => caller.run(n, () => driver.executeQuery('RETURN 1 AS n'))
    await Promise.all(Array.from({ length: 50 }, (_, n) => call(n)))
    expect(wrong).toEqual([])
    expect(seen).toBe(50 * 6 + 1)
  })

  it('reaches the unit of work by bindStore and by runInside', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS n').returns([{ n: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    const bound = new AsyncLocalStorage<unknown>()
    const entered = new AsyncLocalStorage<string>()
    const attempts = tracingChannel('boltline:attempt')
    attempts.start.bindStore(bound, (message) => (message as unknown as AttemptMessage).number)
    const start = (message: unknown) => {
      ;(message as AttemptMessage).runInside((work) => entered.run('outer', work))
    }
    subscribe('tracing:boltline:attempt:start', start)
    cleanUps.push(
      () => attempts.start.unbindStore(bound),
      () => unsubscribe('tracing:boltline:attempt:start', start),
    )
    await using session = driver.session()
    const seen = await session.executeRead(async (tx) => {
      await tx.run('RETURN 1 AS n').consume()
      return [bound.getStore(), entered.getStore()]
    })
    expect(seen).toEqual([1, 'outer'])
    expect([bound.getStore(), entered.getStore()]).toEqual([undefined, undefined])
  })
})

describe('metadata on the way to the server', () => {
  it('may be set by a subscriber, in BEGIN and in an auto-commit RUN', async () => {
    const rows = [S.success({ fields: ['n'] }), S.record(1), S.success()]
    await using play = await startPlay([
      [
        C.begin((fields) => expect(fields).toEqual([{ tx_metadata: { app: 'shop', trace: 'BEGIN' } }])),
        C.run(),
        C.pull(),
        S.success(),
        ...rows,
        C.commit(),
        S.success(),
        C.run((fields) => expect(fields).toEqual(['RETURN 2', {}, { tx_metadata: { trace: 'RUN' } }])),
        C.pull(),
        ...rows,
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    const mark = (trace: string) => (message: unknown) => {
      const step = message as TransactionMessage
      if (step.request !== 'COMMIT') step.metadata = { ...step.metadata, trace }
    }
    for (const [name, listener] of [
      ['tracing:boltline:transaction:start', mark('BEGIN')],
      ['tracing:boltline:query:start', mark('RUN')],
    ] as const) {
      subscribe(name, listener)
      cleanUps.push(() => unsubscribe(name, listener))
    }
    await driver.executeQuery('RETURN 1', {}, { metadata: { app: 'shop' } })
    await using session = driver.session()
    await session.run('RETURN 2').consume()
    await play.done()
  })
})

describe('the plain channels', () => {
  it('publish the events of the pool, with access to its metrics', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS n').returns([{ n: 1 }])
    const heard = points<PoolMessage>('pool')
    const time = new ManualClock(Date.now())
    onTestFinished(useClock(time))
    const driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1, connectionAcquisitionTimeout: 500 })
    await driver.executeQuery('RETURN 1 AS n')
    const transaction = await driver.session().beginTransaction()
    const inVain = expect(driver.executeQuery('RETURN 1 AS n')).rejects.toThrow('became free')
    time.tick(500)
    await inVain
    expect(heard.at(-1)?.pool.metrics()).toMatchObject({ inUse: 1, max: 1, timedOut: 1 })
    await transaction.rollback()
    await driver.close()
    expect(heard.map(({ event }) => event)).toEqual([
      'created',
      'acquired',
      'released',
      'acquired',
      'timedOut',
      'released',
      'closed',
      'removed',
    ])
    expect(heard[2]).toMatchObject({ useTime: expect.any(Number), driver: driver.identity })
    expect((heard[2] as { received: number }).received).toBeGreaterThan(50)
    expect(heard.at(-2)).toMatchObject({ event: 'closed', reason: 'shutdown' })
  })

  it('publish the notifications about a query, even if the caller does not read the summary', async () => {
    const notification = {
      code: 'Neo.ClientNotification.Statement.CartesianProduct',
      title: 'cartesian',
      description: 'a product',
      severity: 'WARNING',
      category: 'PERFORMANCE',
    }
    await using play = await startPlay([query(['n'], [[1]], { notifications: [notification] })], { version: '5.4' })
    await using driver = GraphDatabase.driver(play.uri)
    const heard = points<NotificationMessage>('notification')
    await using session = driver.session()
    expect(await session.run('MATCH (a), (b) RETURN 1 AS n').first()).not.toBeNull()
    expect(heard).toMatchObject([
      {
        query: { text: 'MATCH (a), (b) RETURN 1 AS n' },
        notification: { severityLevel: 'WARNING', title: 'cartesian' },
      },
    ])
  })

  it('name the driver, so that subscribers can distinguish two drivers', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS n').returns([{ n: 1 }])
    await using one = GraphDatabase.driver(server.uri)
    await using two = GraphDatabase.driver(server.uri)
    const { of } = listen('operation')
    await two.executeQuery('RETURN 1 AS n')
    await one.executeQuery('RETURN 1 AS n')
    expect(of('operation').map(({ driver }) => driver)).toEqual([two.identity, one.identity])
    expect(one.identity.id).not.toBe(two.identity.id)
    expect(one.identity).toMatchObject({ uri: server.uri, host: '127.0.0.1', routed: false, encrypted: false })
  })
})

it('the driver creates no messages while no channel has subscribers', async () => {
  await using server = await startScripted()
  server.when('RETURN 1 AS n').returns([{ n: 1 }])
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  let transformed: unknown
  const start = () => {
    transformed = 'heard'
  }
  subscribe('tracing:boltline:operation:start', start)
  unsubscribe('tracing:boltline:operation:start', start)
  await session.executeRead((tx) => tx.run('RETURN 1 AS n').consume())
  expect(transformed).toBeUndefined()
  expect(steps.filter((name) => channel(`tracing:boltline:${name}:start`).hasSubscribers)).toEqual([])
})
