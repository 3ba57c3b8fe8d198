import { expect, it } from 'vitest'
import { signatures } from '../../src/bolt/requests.ts'
import { ask, message, openLink, rowsOf } from '../support/link-fixture.ts'

const header = message(signatures.success, { fields: ['x'] })
const more = message(signatures.success, { has_more: true })
const last = message(signatures.success, {})

/** A connection lets go of the process at the end of a turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

it('a connection keeps the process alive from a request to its answer', async () => {
  const { transport, connection } = openLink()
  ask(connection, -1)
  expect(transport.holding).toBe(true)
  transport.arrive(
    header,
    rowsOf(1, (i) => [i]),
  )
  expect(transport.holding).toBe(true)
  transport.arrive(last)
  await turn()
  expect(transport.holding).toBe(false)
  ask(connection, -1)
  expect(transport.holding).toBe(true)
})

it('a connection lets the process end while a result stands between two batches', async () => {
  const { transport, connection } = openLink()
  const cursor = ask(connection, 10)
  transport.arrive(
    header,
    rowsOf(10, (i) => [i]),
    more,
  )
  expect(cursor.ended).toBe(false)
  await turn()
  expect(transport.holding).toBe(false)
})

it('a connection lets the process end while its reader is slower than the server', async () => {
  const { transport, connection } = openLink()
  const cursor = ask(connection, -1)
  transport.arrive(header)
  while (transport.reading) transport.arrive(rowsOf(1_000, (i) => [i]))
  await turn()
  expect(transport.holding).toBe(false)
  while (!transport.reading) cursor.shift()
  expect(transport.holding).toBe(true)
})

it('a connection lets the process end once it is closed or destroyed', async () => {
  const closed = openLink()
  ask(closed.connection, -1)
  await closed.connection.close()
  await turn()
  expect(closed.transport.holding).toBe(false)
  const destroyed = openLink()
  ask(destroyed.connection, -1)
  destroyed.connection.destroy()
  await turn()
  expect(destroyed.transport.holding).toBe(false)
})

it('a connection whose next request is sent in the turn of the answer never lets go of the process', async () => {
  const { transport, connection } = openLink()
  ask(connection, -1)
  const before = transport.changes
  transport.arrive(header, last)
  ask(connection, -1)
  await turn()
  expect([transport.holding, transport.changes - before]).toEqual([true, 0])
})
