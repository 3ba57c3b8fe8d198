import { C, query, S, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../src/index.ts'

it('runs an auto-commit query in one packet, and reuses the connection without a RESET', async () => {
  const rows = [...query(['x'], [[1]], { bookmark: 'b1' }), ...query(['x'], [[2]])]
  await using play = await startPlay([rows])
  await using driver = GraphDatabase.driver(play.uri)
  const session = driver.session()
  expect((await session.run('RETURN 1 AS x').single({ strict: true })).get('x')).toBe(1)
  expect((await session.run('RETURN 2 AS x').single({ strict: true })).get('x')).toBe(2)
  await session.close()
  await play.done()
  expect(play.packets[0]).toBe(2)
  expect(play.heard[0]?.map(({ name }) => name)).toEqual(['run', 'pull', 'run', 'pull'])
  expect(play.heard[0]?.[2]?.fields[2]).toEqual({ bookmarks: ['b1'] })
})

it('runs executeQuery in two packets, COMMIT only when the records are in', async () => {
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
      C.begin((fields) => expect(fields).toEqual([{ bookmarks: ['b1'], mode: 'r' }])),
      C.run((fields) => expect(fields).toEqual(['RETURN 2 AS x', { p: 1 }, {}])),
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
  expect((await driver.executeQuery('RETURN 2 AS x', { p: 1 }, { routing: 'READ' })).records).toEqual([])
  await play.done()
  expect(play.packets[0]).toBe(4)
})

it('waits for BEGIN before a unit of work runs, and sends nothing twice', async () => {
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
