import { connect as connectTcp } from 'node:net'
import { startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type Driver, type DriverConfig, GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'
import { FaultProxy, type PassingStep, type ProxyOptions } from './fault-proxy.ts'
import { Ledger } from './ledger.ts'
import { settled } from './settled.ts'

/** Runs a test with a driver behind a proxy in front of a scripted server that answers `RETURN 1 AS x`. */
async function behindProxy(
  options: Partial<ProxyOptions>,
  config: DriverConfig,
  test: (driver: Driver, proxy: FaultProxy) => Promise<void>,
): Promise<void> {
  await using server = await startScripted()
  server.when('RETURN 1 AS x').returns([{ x: 1 }])
  await using proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port, ...options })
  const scheme = options.tls === undefined ? 'bolt' : 'bolt+ssc'
  await using driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${proxy.port}`, {
    maxTransactionRetryTime: 0,
    ...config,
  })
  await test(driver, proxy)
}

const ask = async (driver: Driver) => (await driver.executeQuery('RETURN 1 AS x')).records[0]?.get('x')
const stepsOf = (proxy: FaultProxy, side: 'client' | 'server') =>
  proxy.trace.filter((step) => step.side === side).map(({ name }) => name)

describe('The fault proxy', () => {
  const work = ['BEGIN', 'RUN', 'PULL', 'COMMIT']
  const answers = ['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'RECORD', 'SUCCESS', 'SUCCESS']

  it.each([false, true])(
    'names every step of both handshakes and all messages (byte by byte: %s)',
    async (byteByByte) => {
      for (const tls of [undefined, createCertificate()]) {
        await behindProxy({ byteByByte, tls }, {}, async (driver, proxy) => {
          expect(await ask(driver)).toBe(1)
          expect(stepsOf(proxy, 'client')).toEqual(['HANDSHAKE', 'CHOICE', 'HELLO', 'LOGON', ...work])
          expect(stepsOf(proxy, 'server')).toEqual(['HANDSHAKE', ...answers])
        })
      }
    },
  )

  it('passes a message larger than one chunk as one step', async () => {
    await behindProxy({}, {}, async (driver, proxy) => {
      const metadata = { note: 'x'.repeat(200_000) }
      await driver.executeQuery('RETURN 1 AS x', {}, { metadata })
      expect(stepsOf(proxy, 'client').slice(4)).toEqual(work)
    })
  })

  it('breaks a connection where it is asked to, and the next one not', async () => {
    for (const tls of [undefined, createCertificate()]) {
      await behindProxy({ tls }, {}, async (driver, proxy) => {
        for (const how of ['fin', 'rst'] as const) {
          proxy.faultAt = ({ name }) => (name === 'RECORD' ? { place: 'inside', how } : null)
          expect((await rejectionOf(ask(driver))).name).toBe('ServiceUnavailable')
          proxy.faultAt = () => null
          expect(await ask(driver)).toBe(1)
          expect(proxy.open).toBe(1)
        }
        expect(proxy.broken).toBe(2)
      })
    }
  })

  it.each([
    ['before', 'fin', 0, 'end'],
    ['after', 'fin', 4, 'end'],
    // Node reports a reset as an end where bytes came together with it, so only this place shows one for certain.
    ['before', 'rst', 0, 'ECONNRESET'],
  ] as const)('breaks a connection %s a step by %s, which the client sees', async (place, how, length, end) => {
    await using server = await startScripted()
    const faultAt = ({ side }: PassingStep) => (side === 'server' ? { place, how } : null)
    await using proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port, faultAt })
    const client = connectTcp(proxy.port, '127.0.0.1')
    let received = 0
    client.on('data', (bytes) => {
      received += bytes.length
    })
    const seen = new Promise((resolve) => {
      client.on('end', () => resolve('end'))
      client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    })
    // Bolt 4.4 alone, in the handshake without a manifest.
    client.write(Buffer.from('6060b01700000404000000000000000000000000', 'hex'))
    expect(await seen).toBe(end)
    expect(received).toBe(length)
    client.destroy()
  })

  it('keeps a connection open that it stalls, and passes no byte of either side', async () => {
    await behindProxy({}, { connectionAcquisitionTimeout: 500 }, async (driver, proxy) => {
      proxy.faultAt = ({ side, name }) =>
        side === 'client' && name === 'RUN' ? { place: 'before', how: 'stall' } : null
      const asking = ask(driver)
      await expect.poll(() => proxy.broken).toBe(1)
      expect((await settled(asking, 100)).status).toBe('pending')
      expect(proxy.open).toBe(1)
      expect(stepsOf(proxy, 'server')).not.toContain('RECORD')
      await driver.close()
      expect((await settled(asking, 10_000)).status).toBe('rejected')
      await expect.poll(() => proxy.open).toBe(0)
    })
  })

  it('ends its side when the client has gone', async () => {
    await using server = await startScripted()
    await using proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port })
    const client = connectTcp(proxy.port, '127.0.0.1')
    await expect.poll(() => proxy.open).toBe(1)
    client.destroy()
    await expect.poll(() => proxy.open).toBe(0)
  })
})

describe('The ledger of writes', () => {
  it('finds what is lost, what is there twice or in part, and what nothing may have written', async () => {
    await using server = await startScripted()
    const times = { kept: 1, twice: 2, half: 1, refused: 1 }
    const rows = Object.entries(times).map(([key, n]) => ({ key, times: n }))
    server.when('MATCH (n:Proof) RETURN n.key AS key, count(n) AS times').returns(rows)
    await using driver = GraphDatabase.driver(server.uri)
    const ledger = new Ledger('Proof')
    const fails = () => Promise.reject(new Error('refused'))
    await ledger.transaction(['kept'], async () => 1)
    await ledger.transaction(['gone'], async () => 1)
    await ledger.autoCommit(['twice'], fails).catch(() => undefined)
    await ledger.autoCommit(['half', 'other half'], fails).catch(() => undefined)
    await ledger.autoCommit(['never arrived'], fails).catch(() => undefined)
    await ledger.transaction(['refused'], fails).catch(() => undefined)
    const { lost, doubled } = await ledger.compare(driver)
    expect(lost).toEqual([expect.stringMatching(/^gone .*acknowledged, there 0 times/)])
    expect(doubled.map((found) => found.split(' ')[0])).toEqual(['twice', 'half', 'refused'])
  })
})
