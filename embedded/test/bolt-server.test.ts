import { connect, type Socket } from 'node:net'
import { GraphDatabase } from '@boltline/core'
import { describe, expect, it, vi } from 'vitest'
import { createCertificate } from '../../tools/neo4j/certificate.mjs'
import { messageBytes, startCluster, startScripted } from '../src/index.ts'

const handshake = Buffer.from('6060b01700000805000000000000000000000000', 'hex')
const login = (auth: object = { scheme: 'none' }) => [
  messageBytes('5.8', 'hello', { user_agent: 'test/1' }),
  messageBytes('5.8', 'logon', auth),
]

/** A client that sends bytes and collects the answers. */
class RawClient {
  readonly socket: Socket
  received = Buffer.alloc(0)
  closed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => undefined)
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes])
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.write(Buffer.concat([handshake, ...login()]))
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages))
  }

  /** Counts received messages of a type: a chunk header followed by the structure's marker and signature. */
  count(signature: number): number {
    let found = 0
    for (let at = 4; at + 3 < this.received.length; ) {
      const size = this.received.readUInt16BE(at)
      if (size > 0 && this.received[at + 3] === signature) found++
      at += size + 2
    }
    return found
  }
}

const success = 0x70
const failure = 0x7f
const ignored = 0x7e
const pull = messageBytes('5.8', 'pull', { n: -1 })
const run = (query: string, parameters = {}) => messageBytes('5.8', 'run', query, parameters, {})

describe('The Bolt server', () => {
  it('The Bolt server reports the duration and the type of a query', async () => {
    await using server = await startScripted()
    server
      .when('SLOW')
      .delays(30)
      .returns([{ x: 1 }], { type: 'rw' })
    await using driver = GraphDatabase.driver(server.uri)
    const { summary } = await driver.executeQuery('SLOW')
    expect(summary.resultAvailableAfter).toBeGreaterThanOrEqual(29)
    expect(summary.resultConsumedAfter).toBeGreaterThanOrEqual(0)
    expect(summary.queryType).toBe('rw')
  })

  it('The Bolt server refuses transactions beyond maxTransactions, and accepts new ones after others have ended', async () => {
    await using server = await startScripted({ maxTransactions: 2 })
    await using driver = GraphDatabase.driver(server.uri)
    const open = await Promise.all([1, 2].map(() => driver.session().beginTransaction()))
    await Promise.all(open.map((tx) => tx.run('Q').catch(() => undefined)))
    await using session = driver.session()
    server.when('Q').returns([{ x: 1 }])
    const late = await session
      .beginTransaction()
      .then((tx) => tx.run('Q').consume())
      .catch((error) => error)
    expect(late).toMatchObject({ code: 'Neo.TransientError.Transaction.MaximumTransactionLimitReached' })
    for (const tx of open) await tx.close()
    await session.executeWrite((tx) => tx.run('Q').consume())
  })

  it('The Bolt server answers an invalid value with FAILURE, and serves the client again after RESET', async () => {
    await using server = await startScripted()
    server.when(/Q/).returns([{ x: 1 }])
    const client = new RawClient(server.port)
    // A date-time in an unknown time zone.
    const zoned = Buffer.from(`b369010285${Buffer.from('Nowhe').toString('hex')}`, 'hex')
    const body = Buffer.concat([Buffer.from('b310' + '8151' + 'a18178', 'hex'), zoned, Buffer.from('a0', 'hex')])
    const head = Buffer.alloc(2)
    head.writeUInt16BE(body.length)
    client.send(head, body, Buffer.alloc(2), pull)
    await vi.waitFor(() => expect([client.count(failure), client.count(ignored)]).toEqual([1, 1]))
    client.send(messageBytes('5.8', 'reset'), run('Q'), pull)
    await vi.waitFor(() => expect(client.count(success)).toBe(5))
    expect(server.calls.length).toBe(1)
    client.socket.destroy()
  })

  it('The Bolt server ends the running message and ignores queued ones when RESET arrives', async () => {
    await using server = await startScripted()
    server.when('HANG').hangs()
    server.when('Q').returns([{ x: 1 }])
    const client = new RawClient(server.port)
    client.send(run('HANG'), pull, run('Q'), pull)
    await vi.waitFor(() => expect(server.calls.length).toBe(1))
    client.send(messageBytes('5.8', 'reset'), run('Q'), pull)
    await vi.waitFor(() => expect(client.count(success)).toBe(5))
    expect(client.count(ignored)).toBe(4)
    expect(server.calls.map(({ query }) => query)).toEqual(['HANG', 'Q'])
    client.socket.destroy()
  })

  it('The Bolt server answers a flood of requests in order, and serves other clients meanwhile', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    const client = new RawClient(server.port)
    const pair = Buffer.concat([run('Q'), pull])
    for (let i = 0; i < 50; i++) client.send(...Array.from({ length: 100 }, () => pair))
    await using driver = GraphDatabase.driver(server.uri)
    expect((await driver.executeQuery('Q')).records.length).toBe(1)
    await vi.waitFor(() => expect(client.count(success)).toBe(2 + 2 * 5000), { timeout: 10_000 })
    client.socket.destroy()
  })

  it('The Bolt server answers a message that its state does not allow with FAILURE, and closes the connection', async () => {
    await using server = await startScripted()
    const client = new RawClient(server.port)
    client.send(messageBytes('5.8', 'commit'))
    await vi.waitFor(() => expect(client.closed).toBe(true))
    expect(client.count(failure)).toBe(1)
  })
})

/** Clients that never finish their login: the title, and the bytes that they send before they stop. */
const unfinished: readonly (readonly [string, readonly Buffer[]])[] = [
  ['sends nothing', []],
  ['sends half of the magic bytes', [handshake.subarray(0, 2)]],
  ['stops after the handshake', [handshake]],
  ['stops inside HELLO', [handshake, Buffer.from([0x00, 0x40, 0xb1])]],
  ['sends HELLO without LOGON', [handshake, login()[0] as Buffer]],
  ['logs off after its login', [handshake, ...login(), messageBytes('5.8', 'logoff')]],
]

/** A client that never closes its side. */
function stubborn(port: number, ...bytes: readonly Buffer[]): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  for (const each of bytes) socket.write(each)
  return socket
}

describe('Clients of the Bolt server', () => {
  it.each(unfinished)('A client is disconnected after loginTimeout when it %s', async (_title, said) => {
    await using server = await startScripted({ loginTimeout: 200 })
    const client = stubborn(server.port, ...said)
    await vi.waitFor(() => expect(server.connections).toBe(1))
    await vi.waitFor(() => expect(server.connections).toBe(0))
    client.destroy()
  })

  it('A client is disconnected after loginTimeout when it does not begin TLS', async () => {
    const { certificate: cert, key } = createCertificate({ names: ['localhost'] })
    const tls = { cert, key }
    await using server = await startScripted({ loginTimeout: 200, tls })
    const client = stubborn(server.port)
    await vi.waitFor(() => expect(server.connections).toBe(1))
    await vi.waitFor(() => expect(server.connections).toBe(0))
    client.destroy()
  })

  it('A client may stay idle for longer than loginTimeout once it has logged in', async () => {
    await using server = await startScripted({ loginTimeout: 200 })
    const idle = new RawClient(server.port)
    await vi.waitFor(() => expect(idle.count(success)).toBe(2))
    const late = stubborn(server.port)
    await vi.waitFor(() => expect(server.connections).toBe(2))
    await vi.waitFor(() => expect(server.connections).toBe(1))
    expect(idle.closed).toBe(false)
    idle.socket.destroy()
    late.destroy()
  })

  it('A client that keeps sending after a refusal is disconnected, and the server discards its bytes', async () => {
    await using server = await startScripted()
    const heard: Buffer[] = []
    // The client offers no supported version, so the answer is four zero bytes.
    const unknown = Buffer.from('6060b01700000009000000000000000000000000', 'hex')
    const flood = stubborn(server.port, unknown)
    flood.on('data', (bytes) => heard.push(bytes))
    // A refused client must get no answer to a further handshake.
    const more = Buffer.concat([handshake, Buffer.alloc(65_536)])
    const pour = (): void => {
      while (!flood.destroyed && flood.write(more));
    }
    flood.on('drain', pour)
    flood.once('data', pour)
    await vi.waitFor(() => expect(server.connections).toBe(1))
    await vi.waitFor(() => expect(server.connections).toBe(0))
    expect(Buffer.concat(heard)).toEqual(Buffer.alloc(4))
    expect(flood.bytesWritten).toBeGreaterThan(32 * more.length)
    flood.destroy()
  })

  it('A client is disconnected when it does not speak Bolt, even when loginTimeout is Infinity', async () => {
    await using server = await startScripted({ loginTimeout: Number.POSITIVE_INFINITY })
    const client = stubborn(server.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await vi.waitFor(() => expect(server.connections).toBe(1))
    await vi.waitFor(() => expect(server.connections).toBe(0))
    client.destroy()
  })

  it('A client gets no answer to messages after GOODBYE', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    const client = new RawClient(server.port)
    client.send(messageBytes('5.8', 'goodbye'), run('RETURN 1 AS x'), pull)
    await vi.waitFor(() => expect(client.closed).toBe(true))
    expect(server.calls).toEqual([])
  })

  it('The Bolt server refuses a loginTimeout that is no valid duration', async () => {
    await expect(startScripted({ loginTimeout: -1 })).rejects.toThrow(/loginTimeout must be a number of milliseconds/)
  })
})

describe('The cluster stand-in', () => {
  it('A cluster member refuses new clients after refuse(), and serves connected ones', async () => {
    await using cluster = await startCluster({ readers: 1 })
    cluster.when('READ').reads((log) => [{ n: log.length }])
    const [reader] = cluster.readers
    await using driver = GraphDatabase.driver(`bolt://${reader?.address}`, { maxTransactionRetryTime: 0 })
    await driver.executeQuery('READ', {}, { routing: 'READ' })
    reader?.refuse()
    await driver.executeQuery('READ', {}, { routing: 'READ' })
    await using stranger = GraphDatabase.driver(`bolt://${reader?.address}`, { maxTransactionRetryTime: 0 })
    await expect(stranger.verifyConnectivity()).rejects.toMatchObject({ name: 'ServiceUnavailable' })
    await reader?.start()
    await stranger.verifyConnectivity()
    await driver.executeQuery('READ', {}, { routing: 'READ' })
  })

  it.each([
    'Neo.ClientError.Cluster.NotALeader',
    'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
    'Neo.TransientError.General.DatabaseUnavailable',
    'Neo.ClientError.Database.DatabaseNotFound',
    'Neo.ClientError.Transaction.InvalidBookmark',
    'Neo.ClientError.Security.AuthorizationExpired',
  ])('A cluster member fails one request with %s after answers(code)', async (code) => {
    await using cluster = await startCluster()
    cluster.when('WRITE').writes(() => undefined)
    await using driver = GraphDatabase.driver(cluster.uri)
    await driver.executeQuery('WRITE')
    await using session = driver.session()
    cluster.leader?.answers(code)
    await expect(session.run('WRITE').consume()).rejects.toMatchObject({ code })
    await driver.executeQuery('WRITE')
  })

  it('switchLeader() chooses the leaders in the same order for the same seed', async () => {
    const leaders = async (seed: number) => {
      await using cluster = await startCluster({ readers: 0, writers: 5, seed })
      return Array.from({ length: 8 }, () => cluster.writers.indexOf(cluster.switchLeader()))
    }
    expect(await leaders(7)).toEqual(await leaders(7))
    expect(await leaders(7)).not.toEqual(await leaders(8))
  })
})
