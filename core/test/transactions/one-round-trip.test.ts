import { tracingChannel } from 'node:diagnostics_channel'
import { C, query, S, startPlay } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { BrokenRecordError, DriverError, GraphDatabase, type Result, resultTransformers } from '../../src/index.ts'
import { useClock } from '../../src/time/clock.ts'
import { ManualClock } from '../../src/time/manual-clock.ts'

it('an auto-commit query is sent in one packet, and its connection is reused without a RESET', async () => {
  const rows = [...query(['x'], [[1]], { bookmark: 'b1' }), ...query(['x'], [[2]])]
  await using play = await startPlay([rows])
  await using driver = GraphDatabase.driver(play.uri)
  const session = driver.session()
  expect((await session.run('RETURN 1 AS x').single({ strict: true })).get('x')).toBe(1)
  expect((await session.run('RETURN 2 AS x').single({ strict: true })).get('x')).toBe(2)
  await session.close()
  await play.done()
  expect(play.packets[0]).toBe(2)
  expect(play.received[0]?.map(({ name }) => name)).toEqual(['run', 'pull', 'run', 'pull'])
  expect(play.received[0]?.[2]?.fields[2]).toEqual({ bookmarks: ['b1'] })
})

it('executeQuery is sent in two packets, COMMIT only after all records have arrived', async () => {
  await using play = await startPlay([
    [
      C.begin(),
      C.run(),
      C.pull((fields) => expect(fields).toEqual([{ n: 1000 }])),
      S.success(),
      S.success({ fields: ['x'] }),
      S.record(1),
      S.success({ type: 'r' }),
      C.commit(),
      S.success({ bookmark: 'b1' }),
      C.begin((fields) => expect(fields).toEqual([{ bookmarks: ['b1'] }])),
      C.run((fields) => expect(fields).toEqual(['RETURN $p AS x', { p: 1 }, {}])),
      C.pull(),
      S.success(),
      S.success({ fields: ['x'] }),
      S.success({}),
      C.commit(),
      S.success({}),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  const { records, keys } = await driver.executeQuery('RETURN 1 AS x')
  expect(keys).toEqual(['x'])
  expect(records.map((record) => record.toObject())).toEqual([{ x: 1 }])
  expect((await driver.executeQuery('RETURN $p AS x', { p: 1 })).records).toEqual([])
  await play.done()
  expect(play.packets[0]).toBe(4)
})

describe('An executeQuery that reads', () => {
  const read = { routing: 'READ' } as const
  const asked = [
    C.begin((fields) => expect(fields).toEqual([{ mode: 'r' }])),
    C.run(),
    C.pull((fields) => expect(fields).toEqual([{ n: -1 }])),
    C.commit(),
  ]
  const answered = [
    S.success(),
    S.success({ fields: ['x'] }),
    S.record(1),
    S.success({ type: 'r' }),
    S.success({ bookmark: 'b1' }),
  ]
  const expired = 'Neo.TransientError.General.MemoryPoolOutOfMemoryError'

  it.each([
    ['eager', undefined],
    ['data', resultTransformers.data],
    ['values', resultTransformers.values],
    ['graph', resultTransformers.graph],
  ] as const)('is one packet, COMMIT included: %s', async (_name, resultTransformer) => {
    const again = [C.begin((fields) => expect(fields).toEqual([{ mode: 'r', bookmarks: ['b1'] }])), ...asked.slice(1)]
    await using play = await startPlay([[...asked, ...answered, ...again, ...answered]])
    await using driver = GraphDatabase.driver(play.uri)
    await driver.executeQuery('RETURN 1 AS x', {}, { ...read, resultTransformer })
    const value = await driver.executeQuery('RETURN 1 AS x', {}, { ...read, resultTransformer })
    expect(JSON.stringify(value)).toContain(resultTransformer === resultTransformers.graph ? '{"nodes":[]' : '1')
    await play.done()
    expect(play.packets[0]).toBe(2)
    expect(driver.poolMetrics()).toMatchObject([{ idle: 1, inUse: 0 }])
  })

  it.each([
    ['a fetch size was asked for', { fetchSize: 1000 }, undefined],
    ['a function of the caller reads the result', {}, (result: Result) => result.toEagerResult()],
    ['the rest is not wanted: first', {}, resultTransformers.first],
    ['the rest is not wanted: single', {}, resultTransformers.single],
    ['the rest is not wanted: singleStrict', {}, resultTransformers.singleStrict],
    ['no record is wanted', {}, resultTransformers.consume],
  ])('waits with COMMIT where %s', async (_why, config, resultTransformer) => {
    await using play = await startPlay([
      [
        ...[C.begin(), C.run(), C.pull((fields) => expect(fields).toEqual([{ n: 1000 }]))],
        ...answered.slice(0, -1),
        ...[C.commit(), S.success({})],
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri, config)
    await driver.executeQuery('RETURN 1 AS x', {}, { ...read, resultTransformer })
    await play.done()
    expect(play.packets[0]).toBe(2)
  })

  it.each([0, 1, 2, 3, 4])('is repeated when the connection dies, be it after %d answers of 5', async (answers) => {
    await using play = await startPlay([
      [...asked, ...answered.slice(0, answers), S.cut()],
      [...asked, ...answered],
    ])
    const clock = new ManualClock()
    const restore = useClock(clock)
    try {
      await using driver = GraphDatabase.driver(play.uri)
      const told: unknown[] = []
      const outcome = driver.executeQuery('RETURN 1 AS x', {}, read)
      outcome.catch((error) => told.push(error))
      await vi.waitFor(() => expect(driver.poolMetrics()).toMatchObject([{ closed: 1, inUse: 0 }]))
      // Ends the pause before the next attempt.
      await vi.waitFor(() => expect(clock.pending).toBe(1))
      clock.tick(2_000)
      expect((await outcome).records.map((record) => record.get('x'))).toEqual([1])
      expect(told).toEqual([])
    } finally {
      restore()
    }
    await play.done()
  })

  it.each([
    ['BEGIN', [S.failure(expired), S.ignored(), S.ignored(), S.ignored()]],
    ['RUN', [S.success(), S.failure(expired), S.ignored(), S.ignored()]],
    ['PULL', [...answered.slice(0, 3), S.failure(expired), S.ignored()]],
    ['COMMIT', [...answered.slice(0, 4), S.failure(expired)]],
  ])('has what it meets at %s as its failure, and leaves a usable connection', async (_where, failed) => {
    await using play = await startPlay([[...asked, ...failed, C.reset(), S.success(), ...asked, ...answered]])
    await using driver = GraphDatabase.driver(play.uri, { maxTransactionRetryTime: 0 })
    await expect(driver.executeQuery('RETURN 1 AS x', {}, read)).rejects.toMatchObject({ code: expired })
    expect((await driver.executeQuery('RETURN 1 AS x', {}, read)).records.length).toBe(1)
    await play.done()
  })

  it('is one packet that starts with TELEMETRY when the server asks for it', async () => {
    const greeting = { hints: { 'telemetry.enabled': true } }
    await using play = await startPlay([[C.telemetry(), ...asked, S.success(), ...answered]], { greeting })
    await using driver = GraphDatabase.driver(play.uri)
    expect((await driver.executeQuery('RETURN 1 AS x', {}, read)).records.length).toBe(1)
    await play.done()
    expect(play.packets[0]).toBe(1)
  })

  it('is one packet that starts with the login of another user', async () => {
    const login = (name: string) => [
      C.logoff(),
      C.logon((fields) => expect(fields).toMatchObject([{ principal: name }])),
    ]
    const loggedIn = [S.success(), S.success()]
    const again = [C.begin(), ...asked.slice(1)]
    await using play = await startPlay([
      [
        ...[...asked, ...answered],
        ...[...login('alice'), ...again, ...loggedIn, ...answered],
        ...[...login('neo4j'), ...again, ...loggedIn, ...answered],
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
    for (const auth of [undefined, ['alice', 'a'] as const, undefined]) {
      expect((await driver.executeQuery('RETURN 1 AS x', {}, { ...read, auth })).records.length).toBe(1)
    }
    await play.done()
    expect(play.packets[0]).toBe(3)
  })

  it('fails with the error of the login in front of it, and is not retried', async () => {
    const refused = S.failure('Neo.ClientError.Security.Unauthorized')
    await using play = await startPlay([
      [
        ...[...asked, ...answered],
        C.logoff(),
        C.logon(),
        C.begin(),
        ...asked.slice(1),
        S.success(),
        refused,
        S.close(),
      ],
    ])
    await using driver = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
    await driver.executeQuery('RETURN 1 AS x', {}, read)
    const outcome = driver.executeQuery('RETURN 1 AS x', {}, { ...read, auth: ['alice', 'wrong'] })
    await expect(outcome).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Unauthorized' })
    await play.done()
  })

  it.each([0, 1, 2, 3, 4])(
    'ends when its driver is closed after %d answers of 5, and is not retried',
    async (count) => {
      let told: unknown = null
      const silence = S.wait(() => vi.waitFor(() => expect(told).not.toBe(null)))
      await using play = await startPlay([[...asked, ...answered.slice(0, count), silence]])
      const driver = GraphDatabase.driver(play.uri)
      const outcome = driver.executeQuery('RETURN 1 AS x', {}, read)
      outcome.catch((error: unknown) => {
        told = error
      })
      await vi.waitFor(() => expect(play.received[0]?.length).toBe(4))
      await driver.close()
      await vi.waitFor(() => expect(told).toBeInstanceOf(DriverError))
      expect(String(told)).toMatch(/^DriverError: The driver has been closed/)
      expect(play.received.length).toBe(1)
    },
  )

  it('that can not be made of its records keeps its connection as it is', async () => {
    const tooLarge = [...answered.slice(0, 2), S.record(2n ** 60n), ...answered.slice(3)]
    const again = [C.begin(), ...asked.slice(1)]
    await using play = await startPlay([[...asked, ...tooLarge, ...again, ...answered]])
    await using driver = GraphDatabase.driver(play.uri)
    const outcome = driver.executeQuery('RETURN 1 AS x', {}, { ...read, resultTransformer: resultTransformers.data })
    await expect(outcome).rejects.toBeInstanceOf(BrokenRecordError)
    expect((await driver.executeQuery('RETURN 1 AS x', {}, read)).records.length).toBe(1)
    await play.done()
  })

  it('sends no COMMIT when a subscriber aborts it just before', async () => {
    const controller = new AbortController()
    const stop = () => controller.abort(new Error('enough'))
    await using play = await startPlay([
      [...asked.slice(0, 3), C.reset(), ...[S.ignored(), S.ignored(), S.ignored(), S.success()], ...asked, ...answered],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    const { start } = tracingChannel('boltline:pull')
    start.subscribe(stop)
    try {
      const outcome = driver.executeQuery('RETURN 1 AS x', {}, { ...read, signal: controller.signal })
      await expect(outcome).rejects.toThrow('enough')
    } finally {
      start.unsubscribe(stop)
    }
    expect((await driver.executeQuery('RETURN 1 AS x', {}, read)).records.length).toBe(1)
    await play.done()
  })

  it('can be aborted until its records have arrived', async () => {
    await using play = await startPlay([
      [...asked, ...answered.slice(0, 3), C.reset(), S.ignored(), S.ignored(), S.success(), ...asked, ...answered],
    ])
    await using driver = GraphDatabase.driver(play.uri)
    const controller = new AbortController()
    const outcome = driver.executeQuery('RETURN 1 AS x', {}, { ...read, signal: controller.signal })
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(4))
    controller.abort(new Error('enough'))
    await expect(outcome).rejects.toThrow('enough')
    expect((await driver.executeQuery('RETURN 1 AS x', {}, read)).records.length).toBe(1)
    await play.done()
  })
})

it('a unit of work runs after the answer to BEGIN, and no message is sent twice', async () => {
  let begun = false
  await using play = await startPlay([
    [
      C.begin(),
      S.wait(async () => {
        begun = true
      }),
      S.success(),
      C.run(),
      C.pull(),
      S.success({ fields: [], qid: 0 }),
      S.success({}),
      C.commit(),
      S.success({}),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await session.executeWrite(async (tx) => {
    expect(begun).toBe(true)
    await tx.run('CREATE ()').consume()
  })
  await play.done()
})
