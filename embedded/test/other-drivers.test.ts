import neo4j from 'neo4j-driver'
import { expect, it } from 'vitest'
import { node, relationship, startCluster, startScripted } from '../src/index.ts'

it.each(['bolt', 'neo4j'])('The scripted server serves the official JavaScript driver over %s://', async (scheme) => {
  await using server = await startScripted({ auth: ['neo4j', 'secret'] })
  const [ada, bob] = [node({ labels: ['Person'], properties: { name: 'Ada' } }), node({ labels: ['Person'] })]
  server
    .when('GRAPH')
    .returns([{ ada, knows: relationship({ type: 'KNOWS', start: ada, end: bob }), list: [1, 2.5, null, 'x'] }])
  server.when('STREAM').streams(2500, (i) => ({ i }))
  server.when('CREATE').returns([], { counters: { nodesCreated: 3 } })
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError', { message: 'no' })
  const driver = neo4j.driver(server.uri.replace('bolt', scheme), neo4j.auth.basic('neo4j', 'secret'), {
    disableLosslessIntegers: true,
  })
  try {
    const { records } = await driver.executeQuery('GRAPH')
    expect(records[0]?.get('ada')).toMatchObject({
      labels: ['Person'],
      properties: { name: 'Ada' },
      elementId: ada.elementId,
    })
    expect(records[0]?.get('knows')).toMatchObject({ type: 'KNOWS', startNodeElementId: ada.elementId })
    expect(records[0]?.get('list')).toEqual([1, 2.5, null, 'x'])
    const session = driver.session()
    let sum = 0
    for await (const record of session.run('STREAM')) sum += record.get('i')
    expect(sum).toBe((2499 * 2500) / 2)
    const created = await session.executeWrite(
      async (tx) => (await tx.run('CREATE', { at: neo4j.types.Date.fromStandardDate(new Date(0)) })).summary,
    )
    expect(created.counters.updates().nodesCreated).toBe(3)
    await expect(session.run('BAD')).rejects.toMatchObject({
      code: 'Neo.ClientError.Statement.SyntaxError',
      message: 'no',
    })
    const tx = await session.beginTransaction()
    await tx.run('CREATE')
    await tx.rollback()
    await session.close()
    expect(server.events.map(({ type }) => type)).toContain('rollback')
  } finally {
    await driver.close()
  }
})

it('The cluster stand-in routes the official JavaScript driver', async () => {
  await using cluster = await startCluster({ readers: 2, writers: 1, lag: 5 })
  cluster.when('ADD').writes((log, { id }) => {
    log.push(id)
  })
  cluster.when('ALL').reads((log) => log.map((id) => ({ id })))
  const driver = neo4j.driver(cluster.uri, undefined, { disableLosslessIntegers: true })
  try {
    for (let id = 0; id < 5; id++) {
      await driver.executeQuery('ADD', { id: neo4j.int(id) })
      const { records } = await driver.executeQuery('ALL', {}, { routing: 'READ' })
      expect(records.map((record) => record.get('id'))).toEqual(Array.from({ length: id + 1 }, (_, i) => i))
    }
  } finally {
    await driver.close()
  }
})
