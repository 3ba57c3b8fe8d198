import { connect } from 'node:net'
import { GraphDatabase } from '@boltline/core'
import { describe, expect, it } from 'vitest'
import { messageBytes, startScripted } from '../src/index.ts'

// A client that has not logged in can neither block the process nor make it hold much memory.

const handshake = Buffer.from('6060b01700000805000000000000000000000000', 'hex')

/** Sends bytes, and waits until the server has closed the connection. */
async function turnedAway(port: number, ...messages: readonly Buffer[]): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  // A server that closes with unread bytes resets the connection; `once` of node:events would reject then.
  socket.on('error', () => undefined)
  socket.resume()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(Buffer.concat([handshake, ...messages]))
  await closed
}

describe('Clients that have not logged in', () => {
  it('A client that has not logged in is disconnected when its message exceeds 64 KiB', async () => {
    await using server = await startScripted()
    const chunk = Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(65_535)])
    await turnedAway(server.port, chunk, chunk)
  })

  it('A client that has not logged in is disconnected when its message contains more than 4,000 values', async () => {
    await using server = await startScripted()
    const many = Array.from({ length: 4000 }, () => 1)
    await turnedAway(server.port, messageBytes('5.8', 'hello', { user_agent: 'test/1', many }))
  })

  it('A client that has not logged in is disconnected at once when it nests 900 structures in HELLO', async () => {
    await using server = await startScripted()
    const nested = Buffer.concat([Buffer.alloc(1800, Buffer.from([0xb1, 0x44])), Buffer.from([1])])
    const hello = Buffer.concat([Buffer.from([0xb1, 0x01, 0xa1, 0x81, 0x61]), nested])
    const frame = Buffer.concat([Buffer.from([hello.length >> 8, hello.length & 0xff]), hello, Buffer.alloc(2)])
    await turnedAway(server.port, frame)
  })
})

it('A client that has logged in may send more than 64 KiB and 4,000 values', async () => {
  await using server = await startScripted()
  server
    .when('RETURN size($list) AS size')
    .returns(({ parameters }) => [{ size: (parameters['list'] as unknown[]).length }])
  await using driver = GraphDatabase.driver(server.uri)
  const list = Array.from({ length: 100_000 }, (_, i) => i)
  const { records } = await driver.executeQuery('RETURN size($list) AS size', { list })
  expect(records[0]?.get('size')).toBe(100_000)
})
