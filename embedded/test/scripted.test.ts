import { connect } from 'node:net'
import { GraphDatabase, isNode, isPath, vector } from '@boltline/core'
import { boltVersions, versionName } from '@boltline/core/codec'
import { describe, expect, it, vi } from 'vitest'
import { node, path, relationship, startCluster, startPlay, startScripted } from '../src/index.ts'

describe('The scripted server', () => {
  it('The scripted server returns the configured answers, and records the received queries', async () => {
    await using server = await startScripted()
    const ada = node({ labels: ['Person'], properties: { name: 'Ada' } })
    server
      .when('MATCH (p:Person {id: $id}) RETURN p', { id: 1 })
      .returns([{ p: ada }], { counters: { nodesCreated: 2 } })
    server.when(/RETURN \$x/).returns(({ parameters }) => [{ x: parameters['x'] }])
    await using driver = GraphDatabase.driver(server.uri)
    const { records, summary } = await driver.executeQuery(
      'MATCH (p:Person {id: $id}) RETURN p',
      { id: 1 },
      { routing: 'READ' },
    )
    expect(isNode(records[0]?.get('p'))).toBe(true)
    expect(records[0]?.get('p').get('name')).toBe('Ada')
    expect(summary.counters.nodesCreated).toBe(2)
    const echoed = await driver.executeQuery('RETURN $x AS x', { x: [1, 'two', { three: 3.5 }, null] })
    expect(echoed.records[0]?.get('x')).toEqual([1, 'two', { three: 3.5 }, null])
    expect(server.calls[0]).toMatchObject({ parameters: { id: 1 }, mode: 'READ', inTransaction: true })
    expect(server.calls[1]?.bookmarks.length).toBe(1)
    expect(server.events.map(({ type }) => type).filter((type) => type !== 'logon')).toEqual([
      'begin',
      'commit',
      'begin',
      'commit',
    ])
  })

  it('The scripted server answers a query without a rule with an error that lists the rules', async () => {
    await using server = await startScripted()
    server.when('RETURN 1 AS one').returns([{ one: 1 }])
    await using driver = GraphDatabase.driver(server.uri)
    await expect(driver.executeQuery('RETURN $secret AS two', { secret: 'x' })).rejects.toThrow(
      /has no answer for.*"RETURN \$secret AS two" \(parameters: secret\).*"RETURN 1 AS one"/s,
    )
    expect((await driver.executeQuery('RETURN 1 AS one')).records.length).toBe(1)
    server.reset()
    await expect(driver.executeQuery('RETURN 1 AS one')).rejects.toThrow(/nothing yet; use server\.when/)
  })

  it('The scripted server fails, delays, streams, hangs and drops successive calls as configured', async () => {
    await using server = await startScripted()
    server
      .when('Q')
      .fails('Neo.TransientError.Transaction.DeadlockDetected', { times: 2 })
      .drops()
      .delays(5)
      .streams(2500, (i) => ({ i }))
    await using driver = GraphDatabase.driver(server.uri, { fetchSize: 1000 })
    await using session = driver.session()
    for (let i = 0; i < 2; i++) {
      await expect(session.run('Q')).rejects.toMatchObject({ code: 'Neo.TransientError.Transaction.DeadlockDetected' })
    }
    await expect(session.run('Q')).rejects.toMatchObject({ name: 'ServiceUnavailable' })
    let sum = 0
    for await (const record of session.run('Q')) sum += record.get('i')
    expect(sum).toBe((2499 * 2500) / 2)
    server.when('SLOW').hangs()
    await expect(session.run('SLOW', {}, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    await vi.waitFor(() => expect(server.events.at(-1)?.type).toBe('reset'))
    expect(await session.run('Q').first()).not.toBeNull()
  })

  it('The scripted server treats null options as absent, like the cluster and the play', async () => {
    await using server = await startScripted(null)
    const failure = 'Neo.ClientError.Statement.SyntaxError'
    server
      .when('Q')
      .fails(failure, null)
      .drops(null)
      .returns([{ n: node(null) }], null)
      .streams(1, () => ({ n: 1 }), null)
    server.when('H').hangs(null)
    await using driver = GraphDatabase.driver(server.uri, { maxTransactionRetryTime: 0 })
    await using session = driver.session()
    await expect(session.run('Q')).rejects.toMatchObject({ code: failure })
    await expect(session.run('Q')).rejects.toMatchObject({ name: 'ServiceUnavailable' })
    expect(isNode((await session.run('Q').single({ strict: true })).get('n'))).toBe(true)
    expect(await session.run('Q').value()).toEqual([1])
    await expect(session.run('H', {}, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    server.onCommit().fails(failure, null)
    await expect(session.executeWrite((tx) => tx.run('Q').consume())).rejects.toMatchObject({ code: failure })
    await using cluster = await startCluster(null)
    expect(cluster.members.length).toBe(4)
    await using play = await startPlay([], null)
    await play.done()
  })

  it('The scripted server drops the connection after a COMMIT, or fails the COMMIT', async () => {
    await using server = await startScripted()
    server.when('CREATE ()').returns([], { counters: { nodesCreated: 1 } })
    server.onCommit().drops().fails('Neo.ClientError.Transaction.TransactionCommitFailed')
    await using driver = GraphDatabase.driver(server.uri)
    await expect(driver.executeQuery('CREATE ()')).rejects.toMatchObject({ name: 'IncompleteCommit' })
    await expect(driver.executeQuery('CREATE ()')).rejects.toMatchObject({
      code: 'Neo.ClientError.Transaction.TransactionCommitFailed',
    })
    await driver.executeQuery('CREATE ()')
    expect(server.events.filter(({ type }) => type === 'commit').length).toBe(3)
  })

  it('The scripted server accepts only the configured credentials', async () => {
    await using server = await startScripted({ auth: ['neo4j', 'secret'] })
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    await using right = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'secret'] })
    await using wrong = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'guess'] })
    expect((await right.executeQuery('RETURN 1 AS x')).records.length).toBe(1)
    await expect(wrong.executeQuery('RETURN 1 AS x')).rejects.toMatchObject({ name: 'AuthError' })
    expect(await right.verifyAuthentication(['neo4j', 'guess'])).toBe(false)
    expect(await right.verifyAuthentication(['neo4j', 'secret'])).toBe(true)
  })

  it('The scripted server survives clients that break the protocol, disconnect, or never read', async () => {
    await using server = await startScripted({ maxMessageBytes: 1000 })
    server.when('RETURN 1 AS x').returns([{ x: 1 }])
    server.when('MANY').streams(200_000, (i) => ({ i, text: 'x'.repeat(100) }))
    for (const garbage of [
      'deadbeef',
      '6060b01700000805000000000000000000000000',
      '6060b017000008050000000000000000000000000002ffff0000',
      `6060b01700000805000000000000000000000000${'03e8'.padEnd(2100, '00').repeat(3)}`,
    ]) {
      const socket = connect(server.port, server.host)
      socket.on('error', () => undefined)
      const closed = new Promise((resolve) => socket.resume().once('close', resolve))
      socket.write(Buffer.from(garbage, 'hex'))
      // The server keeps a client that sends a valid handshake and nothing more, so the test disconnects it.
      if (garbage.length === 40) socket.destroy()
      await closed
    }
    await using lazy = GraphDatabase.driver(server.uri, { fetchSize: -1 })
    await using session = lazy.session()
    const unread = await session.run('MANY')
    expect((await unread.peek())?.get('i')).toBe(0)
    await using driver = GraphDatabase.driver(server.uri)
    expect((await driver.executeQuery('RETURN 1 AS x')).records.length).toBe(1)
  })
})

describe.each(boltVersions.map(versionName))('The scripted server over Bolt %s', (version) => {
  it('The scripted server serves bolt:// and neo4j://, graph values and failures', async () => {
    await using server = await startScripted()
    const [a, b] = [node({ labels: ['A'] }), node({ labels: ['B'] })]
    const r = relationship({ type: 'R', start: a, end: b, properties: { since: 1999 } })
    server.when('GRAPH').returns([{ a, r, p: path(b, r, a) }])
    server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError', { message: 'no', gqlStatus: '42001' })
    for (const scheme of ['bolt', 'neo4j']) {
      await using driver = GraphDatabase.driver(server.uri.replace('bolt', scheme), { protocolVersions: [version] })
      const { records, summary } = await driver.executeQuery('GRAPH')
      expect(summary.server.protocolVersion.join('.')).toBe(version)
      const record = records[0]
      expect(isPath(record?.get('p'))).toBe(true)
      expect(record?.get('p').relationships[0].startNode.elementId).toBe(record?.get('a').elementId)
      expect(record?.get('r').get('since')).toBe(1999)
      await expect(driver.executeQuery('BAD')).rejects.toMatchObject({ name: 'CypherSyntaxError', message: 'no' })
      if (version.startsWith('6')) {
        server.when('VECTOR').returns(({ parameters }) => [{ v: parameters['v'] }])
        const v = vector(new Float32Array([1, 2]))
        expect((await driver.executeQuery('VECTOR', { v })).records[0]?.get('v').equals(v)).toBe(true)
      }
    }
  })
})
