import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { ConnectionAcquisitionTimeoutError, GraphDatabase, ServiceUnavailable } from '../../src/index.ts'
import { Deadline } from '../../src/time/deadline.ts'
import { Later, standingClock } from '../support/pool-fixture.ts'
import { rejectionOf } from '../support/rejection.ts'
import { FakeCluster, FakeMember, request, table } from '../support/routing-fixture.ts'

const holder = standingClock()
const now = () => holder.time.now()

/** A relay in front of a server that holds back the server's bytes until the test releases them. */
async function relay(port: number) {
  const connected = new Later<void>()
  const release = new Later<void>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.pipe(upstream)
    client.once('data', () => connected.resolve())
    release.promise.then(() => upstream.pipe(client))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    uri: `bolt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected: connected.promise,
    release: () => release.resolve(),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('connectionTimeout', () => {
  it('bounds TCP alone and not a slow handshake', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using slow = await relay(server.port)
    await using driver = GraphDatabase.driver(slow.uri, { connectionTimeout: 1000, connectionAcquisitionTimeout: 3000 })
    const result = driver.executeQuery('Q')
    await slow.connected
    holder.time.tick(2999)
    slow.release()
    expect((await result).records).toHaveLength(1)
  })
})

describe('connectionAcquisitionTimeout', () => {
  it('bounds the handshake, and its error names the silent server', async () => {
    await using server = await startScripted()
    await using slow = await relay(server.port)
    await using driver = GraphDatabase.driver(slow.uri, { connectionAcquisitionTimeout: 3000 })
    const verified = rejectionOf(driver.verifyConnectivity())
    await slow.connected
    holder.time.tick(3000)
    const error = await verified
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(error.message).toMatch(/sent nothing in reply to the Bolt handshake within 3000 ms/)
  })

  it('is a single limit for the router and for the connection of a call', async () => {
    const given: number[] = []
    const cluster: FakeCluster = new FakeCluster({
      now,
      connect: async (address, deadline) => {
        given.push(deadline.remaining())
        holder.time.tick(400)
        return new FakeMember(given.length, address, now())
      },
    })
    cluster.answers.set('seed:1', table('seed:1', 'a:1', 'a:1'))
    expect((await cluster.router.acquire(request(), Deadline.in(1000))).connection.address.host).toBe('a')
    expect(given).toEqual([1000, 600])
  })

  it('bounds an auth manager that does not answer', async () => {
    await using server = await startScripted()
    const asked = new Later<void>()
    const auth = {
      getAuth: () => {
        asked.resolve()
        return new Promise<never>(() => undefined)
      },
      handleSecurityException: () => false,
    }
    await using driver = GraphDatabase.driver(server.uri, { auth, connectionAcquisitionTimeout: 3000 })
    const verified = rejectionOf(driver.verifyConnectivity())
    await asked.promise
    holder.time.tick(3000)
    expect(await verified).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
  })
})
