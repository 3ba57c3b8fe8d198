import { describe, expect, it } from 'vitest'
import { commit, signatures } from '../../src/bolt/requests.ts'
import { Reply } from '../../src/bolt/responses.ts'
import { ask, message, openLink, rowsOf } from '../support/link-fixture.ts'

// The caller requested all records at once and reads them more slowly than the server sends them: the driver pauses the
// socket, and resumes it before a caller waits for bytes that were held back.

const accepted = message(signatures.success, { fields: ['n'] })
const records = (count: number) => rowsOf(count, (n) => [n])
const last = message(signatures.success, { type: 'r' })
const tooMany = 2_000

describe('a reader slower than the server', () => {
  it('pauses the socket until fewer than a thousand records are unread', () => {
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

  it('does not delay the next user of its connection, when the end arrived together with the surplus records', async () => {
    const { transport, connection } = openLink()
    ask(connection, -1)
    transport.arrive(accepted, records(tooMany), last)
    expect(connection.clean).toBe(true)
    expect(transport.reading).toBe(true)
  })

  it('does not delay another request on its connection', async () => {
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
