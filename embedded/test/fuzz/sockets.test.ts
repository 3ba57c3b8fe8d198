import { connect } from 'node:net'
import { GraphDatabase } from '@boltline/core'
import { boltVersions } from '@boltline/core/codec'
import { expect, it } from 'vitest'
import { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { damaged, pieces } from '../../../tools/testing/fuzz/mutations.ts'
import { seeds, share } from '../../../tools/testing/fuzz/runner.ts'
import { startScripted } from '../../src/index.ts'
import { clientConversations } from './client-messages.ts'

// Connects clients that send arbitrary bytes: each connection must end, and the server must keep serving a regular client.

const dayMs = 24 * 3_600_000
const longestConversationMs = 30_000
const clients = 32

/** Sends all bytes and half-closes; settles when the connection has ended. */
function talk(port: number, opening: Buffer, bytes: Buffer, chance: Chance): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const limit = setTimeout(() => {
      socket.destroy()
      reject(
        new Error(
          `the connection is open after ${longestConversationMs} ms: ${bytes.toString('hex').slice(0, 20_000)}`,
        ),
      )
    }, longestConversationMs)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(limit)
      resolve()
    })
    socket.resume()
    socket.write(opening)
    for (const piece of pieces(bytes, chance)) if (socket.writable) socket.write(piece)
    if (chance.oneIn(10)) socket.destroy()
    else socket.end()
  })
}

it('The embedded Bolt server ends every arbitrary conversation and keeps serving other clients', {
  timeout: dayMs,
}, async () => {
  const conversations = share(400, 25_000)
  for (const seed of seeds()) {
    const chance = new Chance(seed)
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }])
    server.when('FAIL').fails('Neo.ClientError.Statement.SyntaxError')
    await using driver = GraphDatabase.driver(server.uri)
    const make = clientConversations(chance)
    const perClient = Math.ceil(conversations / seeds().length / clients)
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let i = 0; i < perClient; i++) {
          const { major, minor } = chance.pick(boltVersions)
          const opening = Buffer.from([0x60, 0x60, 0xb0, 0x17, 0, 0, minor, major, ...new Uint8Array(12)])
          await talk(server.port, chance.oneIn(40) ? damaged(opening, chance) : opening, make(), chance)
          if (i % 50 === 0) expect((await driver.executeQuery('Q')).records).toHaveLength(4)
        }
      }),
    )
    await expect.poll(() => server.connections).toBeLessThanOrEqual(clients)
    expect(process.memoryUsage().heapUsed).toBeLessThan(200 * 1024 * 1024)
  }
})
