import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Driver, IncompleteCommit } from '../../src/index.ts'
import { clear, connect } from '../neo4j/drivers.ts'
import { server } from '../neo4j/server.ts'

/** The bytes of COMMIT: a chunk of two bytes, structure B0 with the tag 12, and the end marker. */
const commit = Buffer.from([0, 2, 0xb0, 0x12, 0, 0])

/** A proxy between driver and server that breaks the connection before or after COMMIT has reached the server. */
class Cutter {
  cut: 'before' | 'after' | null = null
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor() {
    this.#server = createServer((client) => this.#link(client))
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as { port: number }).port
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #link(client: Socket): void {
    const upstream = connectTcp(server.port, server.host)
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    let silent = false
    upstream.on('data', (bytes) => {
      // The server has answered COMMIT, so it has committed; the proxy drops the answer.
      if (silent) return client.resetAndDestroy()
      client.write(bytes)
    })
    client.on('data', (bytes: Buffer) => {
      if (this.cut !== null && bytes.includes(commit)) {
        const { cut } = this
        this.cut = null
        if (cut === 'before') return client.resetAndDestroy()
        silent = true
      }
      upstream.write(bytes)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }
}

const cutter = new Cutter()
let driver: Driver
let direct: Driver
beforeAll(async () => {
  const port = await cutter.listen()
  direct = connect()
  driver = connect({}, `bolt://127.0.0.1:${port}`)
  await clear(direct, 'LostCommit')
})
afterAll(async () => {
  await driver.close()
  cutter.close()
  await clear(direct, 'LostCommit')
  await direct.close()
})

async function created(name: string): Promise<number> {
  const { records } = await direct.executeQuery('MATCH (n:LostCommit {name: $name}) RETURN count(n) AS n', { name })
  return records[0]?.get('n')
}

it.each(['before', 'after'] as const)(
  'executeWrite writes at most once and raises IncompleteCommit when the connection breaks %s COMMIT has reached the server',
  async (cut) => {
    cutter.cut = cut
    await using session = driver.session()
    let runs = 0
    const name = `cut ${cut}`
    const outcome = session.executeWrite(async (tx) => {
      runs++
      await tx.run('CREATE (:LostCommit {name: $name})', { name }).consume()
    })
    await expect(outcome).rejects.toBeInstanceOf(IncompleteCommit)
    expect(runs).toBe(1)
    expect(await created(name)).toBe(cut === 'after' ? 1 : 0)
    await driver.executeQuery('RETURN 1')
  },
)

it('executeQuery raises IncompleteCommit when the connection breaks after COMMIT has reached the server', async () => {
  cutter.cut = 'after'
  await expect(driver.executeQuery('CREATE (:LostCommit {name: "eager"})')).rejects.toBeInstanceOf(IncompleteCommit)
  expect(await created('eager')).toBe(1)
})
