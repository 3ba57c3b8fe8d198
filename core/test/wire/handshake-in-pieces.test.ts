import { query, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'

it.each([
  ['a classic answer', '5.4', '00000405', ''],
  ['the manifest of Neo4j 5.26', '5.8', '000001ff0300040404000404050002080500', '0000080500'],
  ['the manifest of Neo4j 2026.09', '6.1', '000001ff040004040400040405000208050001010600', '0000010600'],
])('understands %s that comes byte by byte', async (_what, version, bytes, reply) => {
  await using play = await startPlay([query(['x'], [[1]])], {
    version,
    handshake: { bytes: Buffer.from(bytes, 'hex'), pieces: 1, reply: Buffer.from(reply, 'hex') },
  })
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect((await session.run('RETURN 1 AS x').single({ strict: true })).get('x')).toBe(1)
  await play.done()
})
