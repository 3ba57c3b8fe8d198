import { connect } from 'node:net'
import { GraphDatabase } from '@boltline/core'
import { describe, expect, it, vi } from 'vitest'
import { endless, endlessNodes } from '../../../tools/testing/endless.mjs'
import { missingEngine } from '../../src/graph/engine-errors.ts'
import { startCluster, startEmbedded, startScripted } from '../../src/index.ts'
import { useGraph } from './fixture.ts'

const fixture = useGraph({ lockTimeout: 200 })
const { rows } = fixture
const count = async () => (await rows('MATCH (n) RETURN count(n) AS n'))[0]?.['n']
const { nodes: keep, query: runsAway } = endless('Kept')

/** Ends with a write, so that it holds the writer lock and other writers wait. */
const endlessWriter = `${runsAway.replace('RETURN count(*)', 'WITH count(*) AS n')} CREATE (:Counted {n: n})`

/** Settles when a transaction holds the writer lock. */
async function someoneWrites(uri: string): Promise<void> {
  await using driver = GraphDatabase.driver(uri, { maxTransactionRetryTime: 0 })
  await vi.waitFor(
    () =>
      expect(driver.executeQuery('MATCH (n:Missing) SET n.x = 1')).rejects.toMatchObject({
        code: 'Neo.TransientError.Transaction.LockAcquisitionTimeout',
      }),
    { timeout: 15_000 },
  )
}

describe('The embedded graph after its engine was killed', () => {
  it('A query fails with one error when the process of the engine is killed, and committed data stays', async () => {
    await rows(keep)
    await using session = fixture.driver.session()
    await session.run('RETURN 1').consume()
    const running = session.run(endlessWriter).consume()
    const outcome = expect(running).rejects.toMatchObject({
      code: 'Neo.TransientError.General.DatabaseUnavailable',
      message: expect.stringMatching(/engine of the embedded graph has ended \(SIGKILL\); what was committed is kept/),
    })
    await someoneWrites(fixture.graph.uri)
    const before = fixture.graph.enginePid as number
    process.kill(before, 'SIGKILL')
    await outcome
    expect(await count()).toBe(endlessNodes)
    expect(fixture.graph.enginePid).not.toBe(before)
  })

  it('An open transaction is lost when the process of the engine is killed, and blocks no other', async () => {
    await using session = fixture.driver.session()
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:Lost)').consume()
    process.kill(fixture.graph.enginePid as number, 'SIGKILL')
    await vi.waitFor(() => expect(fixture.graph.enginePid).toBeNull())
    await expect(tx.run('CREATE (:Lost)').consume()).rejects.toMatchObject({
      code: 'Neo.TransientError.General.DatabaseUnavailable',
    })
    await rows('CREATE (:Next)')
    expect(await count()).toBe(1)
  })

  it('The driver retries a managed transaction when the process of the engine is killed', async () => {
    await using session = fixture.driver.session()
    let attempts = 0
    await session.executeWrite(async (tx) => {
      attempts++
      await tx.run('CREATE (:Once)').consume()
      if (attempts > 1) return
      process.kill(fixture.graph.enginePid as number, 'SIGKILL')
      await vi.waitFor(() => expect(fixture.graph.enginePid).toBeNull())
      await tx.run('RETURN 1').consume()
    })
    expect(attempts).toBe(2)
    expect(await count()).toBe(1)
  })
})

describe('Limits of the embedded graph', () => {
  it('A query that exceeds the time limit ends with the process of the engine, and the next query runs', async () => {
    await using graph = await startEmbedded({ queryTimeout: 1000 })
    await using driver = GraphDatabase.driver(graph.uri)
    await driver.executeQuery(keep)
    const before = graph.enginePid
    await expect(driver.executeQuery(runsAway)).rejects.toMatchObject({
      code: 'Neo.ClientError.Transaction.TransactionTimedOut',
    })
    await vi.waitFor(() => expect(graph.enginePid).not.toBe(before), { timeout: 15_000 })
    expect((await driver.executeQuery('MATCH (n) RETURN count(n) AS n')).records[0]?.get('n')).toBe(endlessNodes)
  })

  it('A query that exceeds the memory limit ends with the process of the engine, and the next query runs', async () => {
    await using graph = await startEmbedded({ maxMemoryBytes: 300 * 1024 * 1024 })
    await using driver = GraphDatabase.driver(graph.uri)
    await driver.executeQuery('CREATE (:Kept)')
    await expect(driver.executeQuery('UNWIND range(0, 9223372036854775807) AS i RETURN i')).rejects.toMatchObject({
      code: 'Neo.DatabaseError.Statement.ExecutionFailed',
      message: expect.stringMatching(/more than 300 MiB/),
    })
    expect((await driver.executeQuery('MATCH (n) RETURN count(n) AS n')).records[0]?.get('n')).toBe(1)
  })

  it('A query that its client cancels ends with the process of the engine', async () => {
    await using graph = await startEmbedded({ lockTimeout: 200 })
    await using driver = GraphDatabase.driver(graph.uri)
    await using session = driver.session()
    await session.run(keep).consume()
    const before = graph.enginePid
    const giveUp = new AbortController()
    const outcome = expect(session.run(endlessWriter, {}, { signal: giveUp.signal })).rejects.toThrow('given up')
    await someoneWrites(graph.uri)
    giveUp.abort(new Error('given up'))
    await outcome
    await vi.waitFor(() => expect(graph.enginePid).not.toBe(before), { timeout: 15_000 })
    expect((await driver.executeQuery('RETURN 1 AS x')).records[0]?.get('x')).toBe(1)
  })
})

describe('Cancelled writes of the embedded graph', () => {
  it('A write that its client cancels is not committed', async () => {
    await using graph = await startEmbedded()
    await using driver = GraphDatabase.driver(graph.uri)
    await using session = driver.session()
    const writing = session.run(
      'UNWIND range(1, 200000) AS i CREATE (:Gone {i: i})',
      {},
      { signal: AbortSignal.timeout(50) },
    )
    await expect(writing).rejects.toMatchObject({ name: 'TimeoutError' })
    await driver.executeQuery('CREATE (:Next)')
    const { records } = await driver.executeQuery('MATCH (n) RETURN DISTINCT labels(n) AS labels')
    expect(records.map((record) => record.get('labels'))).toEqual([['Next']])
  })
})

describe('Clients of the embedded graph', () => {
  const hello = '6060b01700000805000000000000000000000000'

  it.each([
    ['does not speak Bolt', 'deadbeefdeadbeef'],
    ['sends a malformed message', `${hello}0002ffff0000`],
    ['announces a string of 4 GiB', `${hello}0007b101d2ffffffff0000`],
    ['nests lists without end', `${hello}${`ffff${'91'.repeat(65535)}`.repeat(2)}0000`],
  ])('A client that %s is disconnected from the embedded graph, and other clients are served', async (_, bytes) => {
    const socket = connect(fixture.graph.port, fixture.graph.host)
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.resume().once('close', resolve))
    socket.write(Buffer.from(bytes, 'hex'))
    await closed
    expect(await count()).toBe(0)
  })

  it('A client that disconnects in the middle of a transaction leaves no data and does not block the next writer', async () => {
    const gone = GraphDatabase.driver(fixture.graph.uri)
    const tx = await gone.session().beginTransaction()
    await tx.run('CREATE (:Gone)').consume()
    const { connections } = fixture.graph
    await gone.close()
    await vi.waitFor(() => expect(fixture.graph.connections).toBeLessThan(connections))
    await rows('CREATE (:Next)')
    expect(await rows('MATCH (n) RETURN labels(n) AS l')).toEqual([{ l: ['Next'] }])
  })

  it('A client that never reads its result does not block other clients of the embedded graph', async () => {
    await using graph = await startEmbedded()
    await using lazy = GraphDatabase.driver(graph.uri, { fetchSize: -1 })
    await using session = lazy.session()
    const unread = await session.run('UNWIND range(1, 50000) AS i RETURN i, $text AS text', { text: 'x'.repeat(200) })
    expect(await unread.peek()).not.toBeNull()
    await using driver = GraphDatabase.driver(graph.uri)
    await driver.executeQuery('CREATE (:Next)')
    expect((await driver.executeQuery('MATCH (n) RETURN count(n) AS n')).records[0]?.get('n')).toBe(1)
  })
})

it('startEmbedded, startScripted and startCluster refuse unknown and invalid options by name', async () => {
  await expect(startEmbedded({ persists: './x' } as never)).rejects.toThrow(/"persists"; did you mean "persist"/)
  await expect(startEmbedded({ queryTimeout: -1 })).rejects.toThrow(/queryTimeout must be a number of milliseconds/)
  await expect(startScripted({ prot: 1 } as never)).rejects.toThrow(/"prot"; did you mean "port"/)
  await expect(startCluster({ reader: 1 } as never)).rejects.toThrow(/"reader"; did you mean "readers"/)
})

describe('The embedded graph without its engine', () => {
  it('The embedded graph names the supported systems and the alternatives when its engine is not installed', () => {
    expect(missingEngine('Cannot find native binding\n  at x', 'linux-x64').message).toMatch(
      /@grafeo-db\/js 0\.6\.0.*linux-x64.*not for Alpine.*startScripted.*real Neo4j.*Cannot find native binding\)$/,
    )
  })

  it('The embedded graph does not start when another graph has its folder open', async () => {
    const { mkdtemp, rm } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const folder = await mkdtemp(`${tmpdir()}/boltline-test-`)
    await using first = await startEmbedded({ persist: folder })
    await expect(startEmbedded({ persist: folder })).rejects.toThrow(/graph in .* can't be opened/)
    await first.load('CREATE (:Kept)')
    await first.close()
    await using again = await startEmbedded({ persist: folder })
    await using driver = GraphDatabase.driver(again.uri)
    expect((await driver.executeQuery('MATCH (n:Kept) RETURN count(n) AS n')).records[0]?.get('n')).toBe(1)
    await again.close()
    await rm(folder, { recursive: true })
  })
})
