import { describe, expect, it } from 'vitest'
import { MemoryTransport } from './memory.ts'

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

function connected() {
  const [client, server] = MemoryTransport.pair()
  const received: string[] = []
  const closed: (Error | null)[] = []
  server.onData = (chunk, length) => received.push(chunk.toString('utf8', 0, length))
  server.onClose = (error) => closed.push(error)
  return { client, server, received, closed }
}

describe('a pipe in memory', () => {
  it('delivers in order, later', async () => {
    const { client, received } = connected()
    client.write(Buffer.from('a'))
    client.write(Buffer.from('b'))
    expect(received).toEqual([])
    await settle()
    expect(received).toEqual(['a', 'b'])
  })

  it('spoils a chunk after the call, as a reused buffer would be', async () => {
    const { client, server } = connected()
    let kept: Buffer = Buffer.alloc(0)
    server.onData = (chunk) => {
      kept = chunk
    }
    client.write(Buffer.from('kept'))
    await settle()
    expect(kept.toString()).not.toBe('kept')
  })

  it('holds back while paused', async () => {
    const { client, server, received } = connected()
    server.pause()
    client.write(Buffer.from('abc'))
    await settle()
    expect(received).toEqual([])
    server.resume()
    await settle()
    expect(received).toEqual(['abc'])
  })

  it('closes both ends once, after what was written before', async () => {
    const { client, received, closed } = connected()
    let clientClosed = 0
    client.onClose = () => {
      clientClosed += 1
    }
    client.write(Buffer.from('last'))
    client.end()
    client.write(Buffer.from('too late'))
    await settle()
    client.destroy()
    await settle()
    expect([received, closed, clientClosed]).toEqual([['last'], [null], 1])
  })

  it('passes a failure to both ends', async () => {
    const { client, server, closed } = connected()
    const failure = new Error('cable cut')
    server.fail(failure)
    await settle()
    expect(closed).toEqual([failure])
    expect([client.closed, server.closed]).toEqual([true, true])
  })
})
