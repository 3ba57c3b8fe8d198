import { C, query, S } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { OwnTable } from '../support/routed-play.ts'

it('A server that closes the connection after a FAILURE stays in the routing table', async () => {
  const table = new OwnTable()
  const failure = S.failure('Neo.ClientError.Security.MadeUp')
  await using play = await table.start([
    [...table.asked(), C.run(), C.pull(), failure, S.cut()],
    // No second ROUTE.
    query(['x'], [[1]]),
  ])
  await using driver = GraphDatabase.driver(play.routed)
  await using session = driver.session({ database: 'films' })
  expect(await rejectionOf(session.run('BAD').consume())).toMatchObject({ code: 'Neo.ClientError.Security.MadeUp' })
  expect(await session.run('Q').value()).toEqual([1])
  await play.done()
})

it('A server that closes the connection without an answer is removed from the routing table', async () => {
  const table = new OwnTable()
  await using play = await table.start([
    [...table.asked(), C.run(), C.pull(), S.cut()],
    [...table.asked(), ...query(['x'], [[1]])],
  ])
  await using driver = GraphDatabase.driver(play.routed)
  await using session = driver.session({ database: 'films' })
  expect(await rejectionOf(session.run('Q').consume())).toMatchObject({ name: 'SessionExpired' })
  expect(await session.run('Q').value()).toEqual([1])
  await play.done()
})
