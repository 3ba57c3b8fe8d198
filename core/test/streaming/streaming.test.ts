import { C, messageBytes, S, startPlay } from '@boltline/embedded'
import { expect, it, vi } from 'vitest'
import { GraphDatabase, ResultConsumedError } from '../../src/index.ts'

const row = (x: number) => S.record(x)
const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => row(from + i))
const pull = (n: number) => C.pull((fields) => expect(fields).toEqual([{ n }]))
const more = S.success({ has_more: true })
const head = [C.run(), pull(3), S.success({ fields: ['x'] })]

it('a cursor requests the next batch only when a reader wants it, and the whole rest when a reader wants all', async () => {
  const batches = [...rows(1, 3), more, pull(3), ...rows(4, 6), more, pull(-1), ...rows(7, 8)]
  await using play = await startPlay([[...head, ...batches, S.success({ bookmark: 'b' })]])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  const result = await session.run('RETURN x')
  expect((await result.fetch(2)).map((record) => record.get('x'))).toEqual([1, 2])
  expect(play.received[0]?.length).toBe(2)
  expect((await result.peek())?.get('x')).toBe(3)
  expect((await result.fetch(2)).map((record) => record.get('x'))).toEqual([3, 4])
  expect(await result.value()).toEqual([5, 6, 7, 8])
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  expect(await result.fetch(1)).toEqual([])
  expect(result.closed).toBe(false)
  await play.done()
})

it('a result discards the rest when its loop is left, and still has the summary', async () => {
  await using play = await startPlay([
    [
      ...head,
      ...rows(1, 3),
      more,
      C.discard((fields) => expect(fields).toEqual([{ n: -1 }])),
      S.success({ type: 'r', bookmark: 'b' }),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  const result = await session.run('RETURN x')
  for await (const record of result) {
    if (record.get('x') === 2) break
  }
  const again = async () => {
    for await (const record of result) return record
  }
  await expect(again()).rejects.toBeInstanceOf(ResultConsumedError)
  expect((await result.consume()).queryType).toBe('r')
  await expect(result.fetch(1)).rejects.toBeInstanceOf(ResultConsumedError)
  await expect(again()).rejects.toBeInstanceOf(ResultConsumedError)
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  expect(driver.poolMetrics()[0]?.idle).toBe(1)
  await play.done()
})

it('a result keeps at most about two batches in memory, however slow the reader', async () => {
  let asked = 0
  const batches = Array.from({ length: 6 }, (_, i) => [
    C.pull(() => {
      asked++
    }),
    ...(i === 0 ? [S.success({ fields: ['x'] })] : []),
    ...rows(i * 100, i * 100 + 99),
    i < 5 ? more : S.success({}),
  ])
  await using play = await startPlay([[C.run(), ...batches.flat()]])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 100 })
  await using session = driver.session()
  let read = 0
  for await (const record of session.run('RETURN x')) {
    expect(record.get('x')).toBe(read)
    read++
    if (read % 50 === 1) await new Promise((resolve) => setImmediate(resolve))
    // The records that were requested and not read have to be kept.
    expect(asked * 100 - read).toBeLessThan(201)
  }
  expect(read).toBe(600)
  await play.done()
})

it('a result has ended after single() and first(), however many records there were', async () => {
  const answers = [...head, ...rows(1, 3), S.success({}), ...head, ...rows(1, 3), more, C.discard(), S.success({})]
  await using play = await startPlay([[...answers, ...head, S.success({})]])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  for (const [method, expected] of [
    ['single', 1],
    ['first', 1],
    ['single', undefined],
  ] as const) {
    const result = await session.run('RETURN x')
    expect((await result[method]())?.get('x')).toBe(expected)
    expect([await result.single(), await result.first(), await result.peek(), await result.fetch(1)]).toEqual([
      null,
      null,
      null,
      [],
    ])
    expect(result.closed).toBe(false)
    expect((await result.consume()).queryType).toBe(null)
  }
  await play.done()
})

it('a cursor requests at most one batch ahead of its reader, for any fetch size', async () => {
  const ask = (qid?: number) =>
    C.pull((fields) => expect(fields).toEqual([{ n: 100, ...(qid !== undefined && { qid }) }]))
  await using play = await startPlay([
    [
      C.begin(),
      S.success(),
      C.run(),
      ask(),
      S.success({ fields: ['x'], qid: 0 }),
      row(1),
      more,
      ask(),
      row(2),
      more,
      C.run(),
      ask(),
      S.success({ fields: ['y'], qid: 1 }),
      row(10),
      S.success({}),
      ask(0),
      row(3),
      S.success({}),
      C.commit(),
      S.success({}),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 100 })
  await using session = driver.session()
  await session.executeWrite(async (tx) => {
    const outer = (await tx.run('OUTER'))[Symbol.asyncIterator]()
    expect((await outer.next()).value.get('x')).toBe(1)
    // The second batch has arrived now and is unread.
    expect(await tx.run('INNER').value()).toEqual([10])
    expect((await outer.next()).value.get('x')).toBe(2)
    expect((await outer.next()).value.get('x')).toBe(3)
    expect((await outer.next()).done).toBe(true)
  })
  await play.done()
})

it('a session buffers an unread result when the next query is run', async () => {
  await using play = await startPlay([
    [
      ...head,
      ...rows(1, 3),
      more,
      pull(-1),
      row(4),
      S.success({}),
      C.run(),
      pull(3),
      S.success({ fields: ['y'] }),
      row(9),
      S.success({}),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  const first = await session.run('RETURN x')
  const second = await session.run('RETURN y')
  expect(await second.value()).toEqual([9])
  expect(await first.value()).toEqual([1, 2, 3, 4])
  await play.done()
})

it('session.close() consumes unread results', async () => {
  await using play = await startPlay([[...head, ...rows(1, 3), more, C.discard(), S.success({ bookmark: 'b' })]])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  const session = driver.session()
  await session.run('CREATE …')
  await session.close()
  await session.close()
  expect(session.lastBookmarks().rawValues).toEqual(['b'])
  await play.done()
})

it('session.close() rejects with the failure of an unread result', async () => {
  await using play = await startPlay([
    [...head, row(1), S.failure('Neo.ClientError.Schema.ConstraintValidationFailed'), C.reset(), S.success()],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  const session = driver.session()
  await session.run('CREATE …')
  await expect(session.close()).rejects.toMatchObject({ name: 'ConstraintError' })
  expect(session.closed).toBe(true)
  await play.done()
})

it('a result gives the records in front of a failure, then the failure, then an error that it has failed', async () => {
  await using play = await startPlay([
    [
      ...head,
      ...rows(1, 2),
      S.failure('Neo.ClientError.Statement.ArithmeticError', '/ by zero'),
      C.reset(),
      S.success(),
    ],
  ])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  const result = await session.run('RETURN x')
  const seen: number[] = []
  const reading = async () => {
    for await (const record of result) seen.push(record.get('x'))
  }
  await expect(reading()).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.ArithmeticError' })
  expect(seen).toEqual([1, 2])
  await expect(result.fetch(1)).rejects.toMatchObject({
    name: 'ResultFailedError',
    cause: { code: 'Neo.ClientError.Statement.ArithmeticError' },
  })
  await play.done()
})

it('a connection ignores NOOPs, and reads messages that arrive in pieces', async () => {
  const bytes = Buffer.concat([
    messageBytes('5.8', 'record', [1]),
    Buffer.from([0, 0, 0, 0]),
    messageBytes('5.8', 'record', ['x'.repeat(70_000)]),
    messageBytes('5.8', 'success', {}),
  ])
  await using play = await startPlay([
    [C.run(), C.pull(), S.success({ fields: ['x'] }), S.noop(), S.bytes(bytes, 30_011)],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect((await session.run('RETURN x').value()).map((x) => String(x).length)).toEqual([1, 70_000])
})

it('a result is read as a Node stream, whose destruction discards the rest', async () => {
  await using play = await startPlay([[...head, ...rows(1, 3), more, C.discard(), S.success({})]])
  await using driver = GraphDatabase.driver(play.uri, { fetchSize: 3 })
  await using session = driver.session()
  const stream = (await session.run('RETURN x')).toReadable()
  for await (const record of stream) {
    expect(record.get('x')).toBe(1)
    break
  }
  await vi.waitFor(() => expect(driver.poolMetrics()[0]?.idle).toBe(1))
  await play.done()
})
