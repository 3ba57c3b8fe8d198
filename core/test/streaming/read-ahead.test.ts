import { describe, expect, it } from 'vitest'
import { signatures } from '../../src/bolt/requests.ts'
import { QuietHandler } from '../../src/bolt/responses.ts'
import { ask, message, openLink, rowsOf } from '../support/link-fixture.ts'

// The driver requests the next batch as soon as the previous one has arrived, before decoding it.

const batch = 100
const records = rowsOf(batch, (n) => [n])
const more = message(signatures.success, { has_more: true })
const last = message(signatures.success, { type: 'r' })

/** A result of whose first batch a reader has read all; `written` gets how many records had come at each further request. */
function open() {
  const { transport, connection } = openLink()
  const cursor = ask(connection, batch)
  const written: number[] = []
  transport.onWrite = () => written.push(cursor.received)
  transport.arrive(message(signatures.success, { fields: ['n'] }), records, more)
  const read = () => {
    let count = 0
    while (cursor.shift() !== undefined) count += 1
    return count
  }
  expect(read()).toBe(batch)
  expect(written).toEqual([batch])
  return { transport, connection, cursor, written, read }
}

describe('a reader that has read all records so far', () => {
  it('makes the cursor request the next batch before decoding the one that arrived', async () => {
    const { transport, cursor, written, read } = open()
    for (let batches = 2; batches < 5; batches++) {
      const arrival = cursor.arrival()
      transport.arrive(records, more)
      await arrival
      expect(written.at(-1)).toBe((batches - 1) * batch)
      expect(read()).toBe(batch)
      expect(written.length).toBe(batches)
    }
    const arrival = cursor.arrival()
    transport.arrive(records, last)
    await arrival
    expect([read(), cursor.ended, written.length]).toEqual([batch, true, 4])
  })

  it('makes the cursor request the next batch when a batch arrives in pieces, wherever they are cut', async () => {
    const bytes = Buffer.concat([records, more])
    for (let cut = 1; cut < bytes.length; cut++) {
      const { transport, cursor, written, read } = open()
      let arrival = cursor.arrival()
      transport.arrive(bytes.subarray(0, cut))
      let count = 0
      if (cursor.buffered > 0) {
        await arrival
        count = read()
        arrival = cursor.arrival()
      }
      transport.arrive(bytes.subarray(cut))
      // Unless the end itself is cut, nothing of this piece was decoded then.
      if (cut < records.length) expect(written).toEqual([batch, batch + count])
      expect(written.length).toBe(2)
      transport.arrive(last)
      await arrival
      count += read()
      expect([count, cursor.ended]).toEqual([batch, true])
    }
  })

  it('causes no request when bytes inside of a message look like the end of a batch', async () => {
    const { transport, cursor, written } = open()
    const arrival = cursor.arrival()
    const imitation = message(signatures.record, [new Uint8Array(more)])
    const end = imitation.lastIndexOf(more) + more.length
    transport.arrive(records, imitation.subarray(0, end))
    await arrival
    expect(written.length).toBe(1)
    transport.arrive(imitation.subarray(end), more)
    expect([cursor.received, written.length]).toEqual([2 * batch + 1, 1])
  })
})

describe('the next batch', () => {
  it('is not requested before a reader waits for the one that has arrived', async () => {
    const { transport, cursor, written, read } = open()
    transport.arrive(records, more)
    expect(written.length).toBe(1)
    expect(read()).toBe(batch)
    expect([written.length, cursor.settled]).toEqual([2, false])
  })

  it('is not requested while other requests are unanswered', async () => {
    const { transport, connection, cursor, written, read } = open()
    const arrival = cursor.arrival()
    connection.send({ signature: signatures.telemetry, fields: [1] }, new QuietHandler())
    connection.flush()
    transport.arrive(records, more)
    await arrival
    // The second one is what the connection was used for.
    expect(written).toEqual([batch, batch])
    expect([read(), written.length]).toEqual([batch, 3])
  })

  it('is discarded with the rest when it was requested ahead and the reader leaves', async () => {
    const { transport, cursor, written } = open()
    const arrival = cursor.arrival()
    transport.arrive(records, more)
    await arrival
    cursor.discard()
    expect(written.length).toBe(2)
    transport.arrive(records, more)
    expect([cursor.buffered, written.length]).toEqual([0, 3])
    transport.arrive(last)
    await cursor.end()
    expect(cursor.ended).toBe(true)
  })
})
