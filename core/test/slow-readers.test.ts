import { describe, expect, it } from 'vitest'
import { commit, signatures } from '../src/bolt/requests.ts'
import { Reply } from '../src/bolt/responses.ts'
import { ask, message, openLink, rowsOf } from './link-fixture.ts'

// Everything was asked for at once, and whoever reads it is slower than the server: reading from the network stops, and goes on
// before anybody waits for what it holds back.

const accepted = message(signatures.success, { fields: ['n'] })
const records = (count: number) => rowsOf(count, (n) => [n])
const last = message(signatures.success, { type: 'r' })
const tooMany = 2_000

describe('a reader slower than the server', () => {
  it('makes the server wait until fewer than a thousand records are unread', () => {
    const { transport, connection } = openLink()
    const cursor = ask(connection, -1)
    transport.arrive(accepted, records(tooMany - 1))
    expect(transport.reading).toBe(true)
    transport.arrive(records(1))
    expect(transport.reading).toBe(false)
    let read = 0
    while (!transport.reading && cursor.shift() !== undefined) read += 1
    expect(read).toBe(tooMany - 999)
    transport.arrive(records(10), last)
    while (cursor.shift() !== undefined) read += 1
    expect([read, cursor.ended, transport.reading]).toEqual([tooMany + 10, true, true])
  })

  it('holds nobody up who uses the connection after it: the end came together with what was too much', async () => {
    const { transport, connection } = openLink()
    ask(connection, -1)
    transport.arrive(accepted, records(tooMany), last)
    expect(connection.clean).toBe(true)
    expect(transport.reading).toBe(true)
  })

  it('holds nobody up who asks for something else on its connection', async () => {
    const { transport, connection } = openLink()
    ask(connection, -1)
    transport.arrive(accepted, records(tooMany))
    expect(transport.reading).toBe(false)
    const reply = new Reply()
    connection.send(commit, reply)
    connection.flush()
    expect(transport.reading).toBe(true)
    // Nor when there is more of it.
    transport.arrive(records(tooMany))
    expect(transport.reading).toBe(true)
    transport.arrive(last, message(signatures.success, { bookmark: 'b' }))
    expect(await reply.metadata()).toEqual({ bookmark: 'b' })
  })
})
