import { C, query, S, startPlay } from '@boltline/embedded'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'

let time: ManualClock
let restore: () => void
beforeEach(() => {
  time = new ManualClock(Date.now())
  restore = useClock(time)
})
afterEach(() => restore())

const answered = query(['x'], [[1]])

async function ask(driver: Driver): Promise<unknown> {
  await using session = driver.session()
  return await session.run('Q').value()
}

describe('connection.recv_timeout_seconds', () => {
  const greeting = { hints: { 'connection.recv_timeout_seconds': 7 } }

  it('ends a connection that receives nothing for that time while an answer is due', async () => {
    await using play = await startPlay([[C.run(), C.pull()]], { greeting })
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    const running = session.run('CALL slow()')
    await vi.waitFor(() => expect(play.received[0]?.length).toBe(2))
    time.tick(6_999)
    let settled = false
    running
      .catch(() => undefined)
      .then(() => {
        settled = true
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBe(false)
    time.tick(7_001)
    await expect(running).rejects.toMatchObject({ name: 'ServiceUnavailable', isRetryable: true })
    await expect(running).rejects.toThrow(/7000 ms|7 s|recv_timeout/)
    expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, idle: 0 })
  })

  it('leaves an idle connection alone', async () => {
    await using play = await startPlay([[...answered, ...answered]], { greeting })
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    await session.run('Q').consume()
    time.tick(3_600_000 / 2)
    await session.run('Q').consume()
    await play.done()
  })
})

describe('An idle connection', () => {
  it('is probed with a RESET once it was idle for livenessCheckTimeout', async () => {
    await using play = await startPlay([[...answered, ...answered, C.reset(), S.success(), ...answered]])
    await using driver = GraphDatabase.driver(play.uri, { livenessCheckTimeout: 1_000 })
    await ask(driver)
    time.tick(999)
    await ask(driver)
    time.tick(1_001)
    await ask(driver)
    await play.done()
  })

  it('is probed at every acquisition with a livenessCheckTimeout of 0, and never without one', async () => {
    await using always = await startPlay([[...answered, C.reset(), S.success(), ...answered]])
    await using checking = GraphDatabase.driver(always.uri, { livenessCheckTimeout: 0 })
    for (let i = 0; i < 2; i++) await ask(checking)
    await always.done()
    await using never = await startPlay([[...answered, ...answered]])
    await using trusting = GraphDatabase.driver(never.uri)
    await ask(trusting)
    time.tick(3_599_000)
    await ask(trusting)
    await never.done()
  })

  it('is replaced when it fails the probe, and the caller gets no error', async () => {
    await using play = await startPlay([[...answered, C.reset(), S.cut()], answered])
    await using driver = GraphDatabase.driver(play.uri, { livenessCheckTimeout: 0 })
    for (let i = 0; i < 2; i++) expect(await ask(driver)).toEqual([1])
    await play.done()
  })

  it('is replaced when it is silent for livenessProbeTimeout or connectionTimeout, with all of its age', async () => {
    for (const [config, limit] of [
      [{}, 5_000],
      [{ livenessProbeTimeout: 700 }, 700],
      [{ connectionTimeout: 200 }, 200],
      [{ connectionAcquisitionTimeout: 1_000 }, 500],
    ] as const) {
      const silent = [...answered, C.reset()]
      await using play = await startPlay([silent, silent, answered])
      await using driver = GraphDatabase.driver(play.uri, { livenessCheckTimeout: 1_000, ...config })
      await Promise.all([ask(driver), ask(driver)])
      time.tick(1_000)
      const asked = ask(driver)
      await vi.waitFor(() => expect(play.received.flat().length).toBe(5))
      time.tick(limit - 1)
      expect(driver.poolMetrics()[0]).toMatchObject({ created: 2, inUse: 1, idle: 1 })
      time.tick(1)
      expect(await asked).toEqual([1])
      expect(driver.poolMetrics()[0]).toMatchObject({ created: 3, closed: 2, idle: 1, timedOut: 0, failed: 0 })
    }
  })

  it('is replaced once it is as old as maxConnectionLifetime, which is an hour unless it is set', async () => {
    for (const [config, age] of [
      [{}, 3_600_000],
      [{ maxConnectionLifetime: 5_000 }, 5_000],
      [{ maxConnectionLifetime: 2 ** 40 }, 2 ** 40],
    ] as const) {
      await using play = await startPlay([[...answered, ...answered], answered])
      await using driver = GraphDatabase.driver(play.uri, config)
      await ask(driver)
      time.tick(age - 1)
      await ask(driver)
      time.tick(1)
      await ask(driver)
      expect(driver.poolMetrics()[0]).toMatchObject({ created: 2, closed: 1, idle: 1 })
      await play.done()
    }
  })

  it('never grows too old where there is no limit', async () => {
    await using play = await startPlay([[...answered, ...answered]])
    await using driver = GraphDatabase.driver(play.uri, { maxConnectionLifetime: Number.POSITIVE_INFINITY })
    await ask(driver)
    time.tick(2 ** 45)
    await ask(driver)
    await play.done()
  })
})

describe('The wait for a connection', () => {
  it('ends with connectionAcquisitionTimeout, and the error has the state of the pool and advice', async () => {
    await using play = await startPlay([[C.begin(), S.success(), C.rollback(), S.success()]])
    await using driver = GraphDatabase.driver(play.uri, {
      maxConnectionPoolSize: 1,
      connectionAcquisitionTimeout: 2_000,
    })
    await using holder = driver.session()
    const tx = await holder.beginTransaction()
    time.tick(500)
    const waiting = driver.executeQuery('Q')
    await vi.waitFor(() => expect(driver.poolMetrics()[0]?.waiting).toBe(1))
    time.tick(2_000)
    const error = await waiting.catch((reason) => reason)
    expect(error).toMatchObject({ name: 'ConnectionAcquisitionTimeoutError', isRetryable: false })
    expect(error.message).toMatch(/2000 ms/)
    expect(error.message).toMatch(/1 in use/)
    expect(error.message).toMatch(/0 idle/)
    expect(error.message).toMatch(/oldest.*2500 ms/)
    expect(error.message).toMatch(/connectionAcquisitionTimeout|maxConnectionPoolSize/)
    expect(error.stack).toContain('connection-lifetimes.test.ts')
    expect(driver.poolMetrics()[0]).toMatchObject({ timedOut: 1, waiting: 0 })
    await tx.rollback()
  })

  it.each(['session.run', 'beginTransaction', 'executeRead', 'executeQuery'])(
    'has the line that acquired the oldest lease by %s in its error, when leaks are traced',
    async (use) => {
      vi.stubEnv('BOLTLINE_DEBUG', '1')
      await using play = await startPlay([[]])
      await using driver = GraphDatabase.driver(play.uri, {
        maxConnectionPoolSize: 1,
        connectionAcquisitionTimeout: 2_000,
        maxTransactionRetryTime: 0,
        warnNotificationSeverity: 'OFF',
      })
      vi.unstubAllEnvs()
      async function takesAndNeverGivesBack(): Promise<unknown> {
        if (use === 'executeQuery') return await driver.executeQuery('SLOW')
        const session = driver.session()
        if (use === 'session.run') return await session.run('SLOW')
        if (use === 'beginTransaction') return await session.beginTransaction()
        return await session.executeRead((tx) => tx.run('SLOW').consume())
      }
      const leak = takesAndNeverGivesBack().catch(() => undefined)
      await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(1))
      const waiting = driver.executeQuery('Q').catch((reason) => reason)
      await vi.waitFor(() => expect(driver.poolMetrics()[0]?.waiting).toBe(1))
      time.tick(2_000)
      expect((await waiting).message).toMatch(/taken here:\n.*takesAndNeverGivesBack/s)
      await driver.close()
      await leak
    },
  )
})

it('connectionAcquisitionTimeout ends verifyConnectivity when the server is silent on a pooled connection', async () => {
  await using play = await startPlay([[...answered, C.reset()]])
  await using driver = GraphDatabase.driver(play.uri, { connectionAcquisitionTimeout: 2_000 })
  await ask(driver)
  const verified = driver.verifyConnectivity().catch((reason) => reason)
  await vi.waitFor(() => expect(play.received[0]?.length).toBe(3))
  time.tick(2_000)
  const error = await verified
  expect(error.name).toBe('ServiceUnavailable')
  expect(error.message).toContain('did not answer within 2000 ms (connectionAcquisitionTimeout)')
  expect(driver.poolMetrics()[0]).toMatchObject({ inUse: 0, idle: 0 })
})
