import { startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { signatures } from '../../src/bolt/requests.ts'
import { type DriverConfig, GraphDatabase } from '../../src/index.ts'
import { ask, message, openLink, rowsOf } from '../support/link-fixture.ts'

// With busyPollTime the connection keeps the event loop awake while an answer is due, and at no other time.

const accepted = message(signatures.success, { fields: ['n'] })
const records = (count: number) => rowsOf(count, (n) => [n])
const last = message(signatures.success, {})

/** Whether a callback of the next turn keeps the event loop from falling asleep. */
const awake = () => process.getActiveResourcesInfo().includes('Immediate')
const asleep = () => vi.waitFor(() => expect(awake()).toBe(false), { interval: 1 })

describe('a connection', () => {
  const open = () => openLink({ busyPollTime: Number.POSITIVE_INFINITY })

  it('keeps the event loop awake from its request to the end of the answer', async () => {
    const { transport, connection } = open()
    expect(awake()).toBe(false)
    ask(connection, -1)
    expect(awake()).toBe(true)
    transport.arrive(accepted)
    transport.arrive(records(10))
    expect(awake()).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(awake()).toBe(true)
    transport.arrive(last)
    await asleep()
  })

  it('lets the event loop sleep while the reader pauses, and wakes it for the next request', async () => {
    const { transport, connection } = open()
    const cursor = ask(connection, -1)
    transport.arrive(accepted, records(5_000))
    expect(transport.reading).toBe(false)
    await asleep()
    while (cursor.shift() !== undefined);
    expect(transport.reading).toBe(true)
    transport.arrive(records(1))
    expect(awake()).toBe(true)
    transport.arrive(last)
    await asleep()
  })

  it('lets the event loop sleep when the answer or the end of the connection arrives while the request is being written', async () => {
    const answered = open()
    answered.transport.onWrite = () => answered.transport.arrive(accepted, last)
    ask(answered.connection, -1)
    expect(answered.connection.clean).toBe(true)
    const lost = open()
    lost.transport.onWrite = () => lost.transport.onClose(new Error('gone'))
    ask(lost.connection, -1)
    expect(lost.connection.open).toBe(false)
    await asleep()
  })

  it('lets the event loop sleep once it has ended', async () => {
    const { connection } = open()
    ask(connection, -1)
    connection.destroy()
    await asleep()
  })
})

describe('busyPollTime', () => {
  /** Sends a request that the server never answers; returns whether the event loop stays awake in its next turns. */
  async function askInVain(config?: DriverConfig): Promise<boolean[]> {
    await using server = await startScripted()
    server.when('LONG').hangs()
    await using driver = GraphDatabase.driver(server.uri, config)
    await driver.verifyConnectivity()
    const controller = new AbortController()
    const answer = driver.executeQuery('LONG', {}, { signal: controller.signal })
    while (server.calls.at(-1)?.query !== 'LONG') await new Promise((resolve) => setTimeout(resolve, 1))
    const seen: boolean[] = []
    for (let i = 0; i < 100; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      seen.push(awake())
    }
    controller.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    return seen
  }

  it('is passed to the connections of the driver', async () => {
    const seen = await askInVain({ busyPollTime: Number.POSITIVE_INFINITY })
    expect(seen.every(Boolean)).toBe(true)
  })

  it('is off by default: the event loop sleeps while a server is slow', async () => {
    const seen = await askInVain()
    expect(seen.filter((awakeStill) => !awakeStill).length).toBeGreaterThan(50)
  })

  it.each([-1, Number.NaN, '0.1', true])('is refused as %o', (busyPollTime) => {
    expect(() => GraphDatabase.driver('bolt://localhost', { busyPollTime: busyPollTime as number })).toThrow(
      /^busyPollTime must be a number of milliseconds from 0 on/,
    )
  })
})
