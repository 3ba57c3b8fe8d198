import { expect, it, vi } from 'vitest'
import { commit, reset, signatures } from '../../src/bolt/requests.ts'
import { type Refusal, Reply, SummaryHandler } from '../../src/bolt/responses.ts'
import { BoltProtocolError } from '../../src/index.ts'
import { ask, message, openLink } from '../support/link-fixture.ts'

// An error thrown while an answer is handled rejects every caller that waits on the connection, and closes the connection.

class Throwing extends SummaryHandler {
  readonly refusals: [Refusal, Error | null][] = []
  readonly #at: 'success' | 'refused'

  constructor(at: 'success' | 'refused') {
    super()
    this.#at = at
  }

  success(): void {
    if (this.#at === 'success') throw new TypeError('a slip of the handler')
  }

  refused(how: Refusal, error: Error | null): void {
    this.refusals.push([how, error])
    if (this.#at === 'refused') throw new TypeError('a slip of the handler')
  }
}

const success = message(signatures.success, {})

it('A handler that throws at its answer is refused itself, with all behind it', async () => {
  const { transport, connection } = openLink()
  const [first, second] = [new Throwing('success'), new Reply()]
  let closed = 0
  connection.onClose = () => closed++
  connection.send(reset, first)
  connection.send(commit, second)
  transport.arrive(success, success)
  expect(first.refusals).toEqual([['failure', expect.any(BoltProtocolError)]])
  expect(first.refusals[0]?.[1]?.cause).toBeInstanceOf(TypeError)
  expect(await second.outcome).toMatchObject({ how: 'lost', error: expect.any(BoltProtocolError) })
  expect([connection.open, closed]).toEqual([false, 1])
})

it('A handler that throws when it is refused keeps no other from being refused, nor the connection from ending', async () => {
  const { transport, connection } = openLink()
  const [first, second] = [new Throwing('refused'), new Reply()]
  let closed = 0
  connection.onClose = () => closed++
  connection.send(reset, first)
  connection.send(commit, second)
  const cursor = ask(connection, 10)
  transport.onClose(null)
  expect(first.refusals).toHaveLength(1)
  expect(await second.outcome).toMatchObject({ how: 'lost' })
  expect(cursor.failed).toBe(true)
  expect([connection.open, closed]).toEqual([false, 1])
})

it('What throws when it hears of a failure keeps no request from being refused', async () => {
  const onFailure = vi.fn(() => {
    throw new TypeError('a slip of the router')
  })
  const { transport, connection } = openLink({ onFailure })
  const [first, second] = [new Reply(), new Reply()]
  connection.send(commit, first)
  connection.send(commit, second)
  transport.arrive(message(signatures.failure, { code: 'Neo.ClientError.Statement.SyntaxError', message: 'no' }))
  transport.onClose(null)
  const outcomes = await Promise.all([first.outcome, second.outcome])
  expect(outcomes.map(({ how }) => how)).toEqual(['failure', 'ignored'])
  expect(onFailure).toHaveBeenCalledTimes(1)
  const third = openLink({ onFailure })
  const reply = new Reply()
  third.connection.send(commit, reply)
  third.transport.onClose(null)
  expect(await reply.outcome).toMatchObject({ how: 'lost' })
  expect(onFailure).toHaveBeenCalledTimes(2)
})
