import { boltVersions, Structure, versionName } from '@boltline/core/codec'
import { C, S, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { ConfigurationError, GraphDatabase, isNode } from '../../src/index.ts'

const names = boltVersions.map(versionName)
const from = (name: string, first: string) => names.indexOf(name) >= names.indexOf(first)

describe.each(names)('On Bolt %s', (name) => {
  it('says hello, logs in, and reads a node and the summary', async () => {
    const version = boltVersions[names.indexOf(name)] as (typeof boltVersions)[number]
    const identity = from(name, '5.0') ? [7, ['A'], { x: 1 }, '4:a:7'] : [7, ['A'], { x: 1 }]
    await using play = await startPlay(
      [
        [
          C.hello(([extra]) => {
            const hello = extra as Record<string, unknown>
            expect(hello['user_agent']).toMatch(/^boltline\//)
            expect('routing' in hello).toBe(false)
            expect('bolt_agent' in hello).toBe(from(name, '5.3'))
            expect(hello['patch_bolt']).toEqual(name === '4.3' || name === '4.4' ? ['utc'] : undefined)
            expect(hello['scheme']).toBe(from(name, '5.1') ? undefined : 'basic')
          }),
          S.success({ server: 'Neo4j/x', connection_id: 'c1' }),
          ...(from(name, '5.1')
            ? [
                C.logon((fields) =>
                  expect(fields).toEqual([{ scheme: 'basic', principal: 'neo4j', credentials: 'secret' }]),
                ),
                S.success(),
              ]
            : []),
          C.run((fields) =>
            expect(fields).toEqual(['RETURN n', {}, { mode: 'r', tx_timeout: 7, tx_metadata: { a: 1 } }]),
          ),
          C.pull(),
          S.success({ fields: ['n'], t_first: 3 }),
          S.record(new Structure(0x4e, identity)),
          S.success({ type: 'r', t_last: 4, db: 'films', stats: { 'nodes-created': 2 } }),
        ],
      ],
      { version: name, login: 'scripted' },
    )
    await using driver = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
    await using session = driver.session({ defaultAccessMode: 'READ' })
    const result = await session.run('RETURN n', {}, { timeout: 6.2, metadata: { a: 1 } })
    const record = await result.single({ strict: true })
    const node = record.get('n')
    expect(isNode(node)).toBe(true)
    expect(node.elementId).toBe(from(name, '5.0') ? '4:a:7' : '7')
    expect(node.id).toBe(7)
    const summary = await result.consume()
    expect(summary.server.protocolVersion).toEqual([version.major, version.minor])
    expect(summary).toMatchObject({
      database: 'films',
      queryType: 'r',
      resultAvailableAfter: 3,
      resultConsumedAfter: 4,
    })
    expect(summary.counters.nodesCreated).toBe(2)
    expect(summary.gqlStatusObjects[0]?.gqlStatus).toBe('00000')
    await play.done()
  })

  it('names failures by code and GQL status', async () => {
    const failure = from(name, '5.7')
      ? S.failure('', 'no', {
          neo4j_code: 'Neo.ClientError.Statement.SyntaxError',
          gql_status: '42001',
          description: 'error: bad syntax',
          diagnostic_record: { _classification: 'CLIENT_ERROR' },
        })
      : S.failure('Neo.ClientError.Statement.SyntaxError', 'no')
    await using play = await startPlay([[C.run(), C.pull(), failure, S.ignored(), C.reset(), S.success()]], {
      version: name,
    })
    await using driver = GraphDatabase.driver(play.uri)
    const session = driver.session()
    await expect(session.run('BAD').then((result) => result.consume())).rejects.toMatchObject({
      name: 'CypherSyntaxError',
      code: 'Neo.ClientError.Statement.SyntaxError',
      gqlStatus: from(name, '5.7') ? '42001' : '50N42',
      classification: from(name, '5.7') ? 'CLIENT_ERROR' : 'UNKNOWN',
    })
    await play.done()
    await session.close()
  })

  it('refuses settings that the version does not know, and stays usable', async () => {
    const row = [C.run(), C.pull(), S.success({ fields: ['x'] }), S.record(1), S.success({})]
    await using play = await startPlay(
      [[...(from(name, '5.2') ? row : []), ...(from(name, '4.4') ? row : []), ...row]],
      {
        version: name,
      },
    )
    await using driver = GraphDatabase.driver(play.uri)
    const attempt = async (config: object) => {
      await using session = driver.session(config)
      return (await session.run('RETURN 1 AS x').single({ strict: true })).get('x')
    }
    const filtered = attempt({ notificationsMinSeverity: 'WARNING' })
    if (from(name, '5.2')) expect(await filtered).toBe(1)
    else await expect(filtered).rejects.toThrow(ConfigurationError)
    const impersonated = attempt({ impersonatedUser: 'eve' })
    if (from(name, '4.4')) expect(await impersonated).toBe(1)
    else await expect(impersonated).rejects.toThrow(/4\.4/)
    expect(await attempt({})).toBe(1)
    await play.done()
  })
})
