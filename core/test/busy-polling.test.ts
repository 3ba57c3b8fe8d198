import { startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { signatures } from '../src/bolt/requests.ts'
import { type DriverConfig, GraphDatabase } from '../src/index.ts'
import { ask, message, openLink, rowsOf } from './link-fixture.ts'

// The event loop is kept awake while an answer is due, and at no other time.

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

  it('lets it sleep while nobody reads, and wakes it up for what comes after it', async () => {
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

  it('lets it sleep where the answer, or the end, comes while the request is still being written', async () => {
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

  it('lets it sleep when it has ended', async () => {
    const { connection } = open()
    ask(connection, -1)
    connection.destroy()
    await asleep()
  })
})

describe('busyPollTime', () => {
  /** Has a driver ask for what the server never answers; whether the event loop is awake in its next turns. */
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

  it('is what the driver is told', async () => {
    const seen = await askInVain({ busyPollTime: Number.POSITIVE_INFINITY })
    expect(seen.every(Boolean)).toBe(true)
  })

  it('lets the event loop sleep while a server takes its time, unless told otherwise', async () => {
    const seen = await askInVain()
    expect(seen.filter((awakeStill) => !awakeStill).length).toBeGreaterThan(50)
  })

  it.each([-1, Number.NaN, '0.1', true])('is no %o', (busyPollTime) => {
    expect(() => GraphDatabase.driver('bolt://localhost', { busyPollTime: busyPollTime as number })).toThrow(
      /^busyPollTime must be a number of milliseconds from 0 on/,
    )
  })
})
