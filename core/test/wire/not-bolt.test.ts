import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, it } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import { type Driver, type DriverConfig, GraphDatabase, isRetryable, ServiceUnavailable } from '../../src/index.ts'

async function listening<S extends Server>(server: S): Promise<S & { port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  })
}

async function failure(port: number, config: DriverConfig = {}, scheme = 'bolt'): Promise<Error & { driver: Driver }> {
  const driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${port}`, config)
  const error = await driver.verifyConnectivity().then(
    () => new Error('it connected'),
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(ServiceUnavailable)
  expect(isRetryable(error)).toBe(true)
  expect(error.message).toContain(`127.0.0.1:${port}`)
  expect(error.stack).toContain('not-bolt.test.ts')
  expect(driver.poolMetrics()[0] ?? { inUse: 0, creating: 0 }).toMatchObject({ inUse: 0, creating: 0 })
  await driver.close()
  return error
}

it('the error names an HTTP server, and the usual port of Bolt', async () => {
  await using server = await listening(createHttpServer((_request, response) => response.end('hello')))
  expect((await failure(server.port)).message).toMatch(/HTTP.*7687/)
})

it('the error names an HTTP server also over TLS and with neo4j://', async () => {
  await using server = await listening(createHttpServer((_request, response) => response.end('hello')))
  expect((await failure(server.port, {}, 'neo4j')).message).toMatch(/HTTP/)
  expect((await failure(server.port, {}, 'bolt+ssc')).message).toMatch(/encrypt|TLS/i)
})

it('the error says that the peer gave no answer within the timeout', async () => {
  await using server = await listening(createServer())
  const { message } = await failure(server.port, { connectionAcquisitionTimeout: 400 })
  expect(message).toMatch(/sent nothing.*within \d+ ms.*Bolt port/)
})

it('the error says that the port is closed', async () => {
  const server = await listening(createServer())
  const { port } = server
  await server[Symbol.asyncDispose]()
  expect((await failure(port)).message).toMatch(/ECONNREFUSED|refused/i)
})

it('the error shows the first bytes of an answer that is not Bolt', async () => {
  await using server = await listening(createServer((socket) => socket.write(Buffer.from('deadbeefcafe', 'hex'))))
  expect((await failure(server.port)).message).toMatch(/does not speak Bolt.*de ad be ef/)
})

it('the error says what to try when the server closes the connection at once', async () => {
  await using server = await listening(createServer((socket) => socket.end()))
  expect((await failure(server.port)).message).toMatch(/closed the connection.*bolt\+s/s)
})

it('the driver refuses a handshake manifest without an end', async () => {
  await using server = await listening(
    createServer((socket) => {
      socket.write(Buffer.from('000001ff', 'hex'))
      socket.write(Buffer.alloc(100_000, 0xff))
    }),
  )
  expect((await failure(server.port)).message).toMatch(/manifest/)
})

it('the error says when one side encrypts and the other does not', async () => {
  const { certificate: cert, key } = createCertificate()
  await using encrypted = await listening(createTlsServer({ cert, key }))
  expect((await failure(encrypted.port)).message).toMatch(/encrypt|TLS/i)
  await using plain = await listening(createServer((socket) => socket.once('data', () => socket.end())))
  expect((await failure(plain.port, {}, 'bolt+s')).message).toMatch(/encrypt|TLS|plain/i)
})
