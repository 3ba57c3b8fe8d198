import { expect, it } from 'vitest'
import { signatures } from '../src/bolt/requests.ts'
import { ask, message, openLink, rowsOf } from './link-fixture.ts'

const header = message(signatures.success, { fields: ['x'] })
const more = message(signatures.success, { has_more: true })
const last = message(signatures.success, {})

it('a connection keeps the process alive from a request to its answer', () => {
  const { transport, connection } = openLink()
  ask(connection, -1)
  expect(transport.holding).toBe(true)
  transport.arrive(
    header,
    rowsOf(1, (i) => [i]),
  )
  expect(transport.holding).toBe(true)
  transport.arrive(last)
  expect(transport.holding).toBe(false)
  ask(connection, -1)
  expect(transport.holding).toBe(true)
})

it('a connection lets the process end while a result stands between two batches', () => {
  const { transport, connection } = openLink()
  const cursor = ask(connection, 10)
  transport.arrive(
    header,
    rowsOf(10, (i) => [i]),
    more,
  )
  expect(cursor.ended).toBe(false)
  expect(transport.holding).toBe(false)
})

it('a connection lets the process end while its reader is slower than the server', () => {
  const { transport, connection } = openLink()
  const cursor = ask(connection, -1)
  transport.arrive(header)
  while (transport.reading) transport.arrive(rowsOf(1_000, (i) => [i]))
  expect(transport.holding).toBe(false)
  while (!transport.reading) cursor.shift()
  expect(transport.holding).toBe(true)
})

it('a connection lets the process end once it is closed or destroyed', async () => {
  const closed = openLink()
  ask(closed.connection, -1)
  await closed.connection.close()
  expect(closed.transport.holding).toBe(false)
  const destroyed = openLink()
  ask(destroyed.connection, -1)
  destroyed.connection.destroy()
  expect(destroyed.transport.holding).toBe(false)
})
