import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { ServiceUnavailable } from '../errors/index.ts'
import { Deadline } from '../time/deadline.ts'
import { type ConnectOptions, type ConnectTarget, connectSocket } from './socket.ts'
import type { Transport } from './transport.ts'

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function listen(onSocket: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  cleanUps.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as { port: number }).port
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function connect(target: ConnectTarget, options: Partial<ConnectOptions> = {}): Promise<Transport> {
  const transport = await connectSocket(target, {
    deadline: Deadline.in(5000),
    keepAliveInitialDelay: 30_000,
    goodbyeTimeout: 2000,
    tls: null,
    ...options,
  })
  cleanUps.push(() => transport.destroy())
  return transport
}

const failure = (target: ConnectTarget, options?: Partial<ConnectOptions>): Promise<Error> =>
  connect(target, options).then(
    () => Promise.reject(new Error('connected')),
    (error: Error) => error,
  )

describe('a TCP link', () => {
  it('carries bytes both ways and knows its addresses', async () => {
    const port = await listen((socket) => socket.on('data', (data) => socket.write(data)))
    const link = await connect({ host: 'localhost', port })
    let text = ''
    const echoed = new Promise<void>((resolve) => {
      link.onData = (chunk, length) => {
        text += chunk.toString('latin1', 0, length)
        if (text.length === 200_000) resolve()
      }
    })
    link.write(Buffer.alloc(100_000, 'a'))
    link.write(Buffer.alloc(100_000, 'b'))
    await echoed
    expect(text).toBe('a'.repeat(100_000) + 'b'.repeat(100_000))
    expect(link.peer).toBe(`localhost:${port}`)
    expect(link.remoteAddress).toBe(`127.0.0.1:${port}`)
    expect(link.localAddress).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(link.secure).toBe(false)
  })

  it('reads into one buffer again and again', async () => {
    const port = await listen((socket) => socket.on('data', (data) => socket.write(data)))
    const link = await connect({ host: '127.0.0.1', port })
    const buffers = new Set<ArrayBufferLike>()
    for (const text of ['one', 'two', 'three']) {
      const echoed = new Promise<string>((resolve) => {
        link.onData = (chunk, length) => {
          buffers.add(chunk.buffer)
          resolve(chunk.toString('utf8', 0, length))
        }
      })
      link.write(Buffer.from(text))
      expect(await echoed).toBe(text)
    }
    expect(buffers.size).toBe(1)
  })

  it('learns at once that the server has closed', async () => {
    const port = await listen((socket) => socket.end())
    const link = await connect({ host: '127.0.0.1', port })
    expect(await new Promise((resolve) => (link.onClose = resolve))).toBe(null)
  })

  it('tells a broken link from an orderly end', async () => {
    const port = await listen((socket) => socket.on('data', () => socket.resetAndDestroy()))
    const link = await connect({ host: '127.0.0.1', port })
    const closed = new Promise<Error | null>((resolve) => (link.onClose = resolve))
    link.write(Buffer.from('x'))
    expect(await closed).toMatchObject({ code: 'ECONNRESET' })
  })

  it('reports the end of a link once, also when it is destroyed here', async () => {
    const port = await listen(() => undefined)
    const link = await connect({ host: '127.0.0.1', port })
    const reasons: unknown[] = []
    const closed = new Promise<void>((resolve) => {
      link.onClose = (error) => {
        reasons.push(error)
        resolve()
      }
    })
    link.destroy()
    link.destroy()
    link.write(Buffer.from('x'))
    await closed
    await turn()
    expect(reasons).toEqual([null])
  })

  it('sends what was written before an orderly end', async () => {
    let received = ''
    const port = await listen((socket) => {
      socket.on('data', (data) => {
        received += data.toString()
      })
      socket.on('end', () => socket.end())
    })
    const link = await connect({ host: '127.0.0.1', port })
    const closed = new Promise((resolve) => (link.onClose = resolve))
    link.write(Buffer.from('good'))
    link.write(Buffer.from('bye'))
    link.end()
    link.write(Buffer.from('too late'))
    expect(await closed).toBe(null)
    expect(received).toBe('goodbye')
  })

  it('holds back data while paused', async () => {
    const total = 20_000_000
    const port = await listen((socket) => socket.write(Buffer.alloc(total, 1)))
    const link = await connect({ host: '127.0.0.1', port })
    let got = 0
    let paused = false
    let gotWhilePaused = 0
    const all = new Promise<void>((resolve) => {
      link.onData = (_chunk, length) => {
        if (paused) gotWhilePaused += length
        got += length
        if (got >= 100_000 && !paused && got < 1_000_000) {
          paused = true
          link.pause()
          setImmediate(() =>
            setImmediate(() => {
              paused = false
              link.resume()
            }),
          )
        }
        if (got === total) resolve()
      }
    })
    await all
    expect(gotWhilePaused).toBe(0)
  })
})

describe('finding an address that answers', () => {
  it('goes on to the next address of a name when the first is refused', async () => {
    const port = await listen(() => undefined)
    const link = await connect({ host: 'db.example', port }, { lookup: async () => ['127.0.0.2', '127.0.0.1'] })
    expect(link.remoteAddress).toBe(`127.0.0.1:${port}`)
    expect(link.peer).toBe(`db.example:${port}`)
  })

  it('uses the addresses given in place of the name', async () => {
    const port = await listen(() => undefined)
    const target = { host: 'nowhere.invalid', port: 1, addresses: [{ host: '127.0.0.1', port }] }
    const link = await connect(target)
    expect([link.peer, link.remoteAddress]).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`])
  })

  it('connects over IPv6, and says what is missing where there is none', async () => {
    const port = await listen(() => undefined, '::1').catch(() => undefined)
    if (port === undefined)
      return expect((await failure({ host: '::1', port: 1 })).message).toContain('tried [::1]:1 (no ')
    const link = await connect({ host: '::1', port })
    expect([link.peer, link.remoteAddress]).toEqual([`[::1]:${port}`, `[::1]:${port}`])
  })

  it('names every address that was tried, and why it failed', async () => {
    const port = await closedPort()
    const error = await failure({ host: 'db.example', port }, { lookup: async () => ['127.0.0.1', '127.0.0.2'] })
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(error.message).toContain(`Could not connect to db.example:${port}`)
    expect(error.message).toContain(`127.0.0.1:${port} (connection refused), 127.0.0.2:${port} (connection refused)`)
    expect(error.cause).toBeInstanceOf(AggregateError)
  })

  it('says that a host name does not exist', async () => {
    const error = await failure({ host: 'nowhere.invalid', port: 7687 })
    expect(error.message).toMatch(/nowhere\.invalid:7687 \((no such host name|the name server does not answer)/)
  })

  it('gives up at the deadline and tells silence from refusal', async () => {
    const error = await failure(
      { host: 'db.example', port: 7687 },
      { deadline: Deadline.in(30), lookup: () => new Promise(() => undefined) },
    )
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(error.message).toContain(
      'within 30 ms (connectionTimeout); tried db.example:7687 (no answer from name resolution)',
    )
  })

  it('rejects with the reason of the caller who calls it off', async () => {
    const reason = new Error('changed my mind')
    expect(await failure({ host: 'x', port: 1 }, { signal: AbortSignal.abort(reason) })).toBe(reason)
    const controller = new AbortController()
    const pending = failure(
      { host: 'x', port: 1 },
      { signal: controller.signal, lookup: () => new Promise(() => undefined) },
    )
    controller.abort(reason)
    expect(await pending).toBe(reason)
  })
})
