import { C, S, type Step, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError, Duration, GraphDatabase, Neo4jError } from '../../src/index.ts'

// Metadata whose types are wrong: the caller gets an error that names the key, and the connection is closed.

const accepted = [S.success({ fields: ['x'] })]
const structure = new Duration({ seconds: 2n ** 62n })

/** The error of a unit of work; asserts that its connection was removed from the pool. */
async function failure(script: readonly Step[]): Promise<Error> {
  await using play = await startPlay([script], { login: 'scripted', version: '5.4' })
  await using driver = GraphDatabase.driver(play.uri, { maxTransactionRetryTime: 0, telemetryDisabled: true })
  await using session = driver.session({ database: 'neo4j' })
  const error = await session
    .executeWrite(async (tx) => (await tx.run('Q')).consume())
    .then(
      () => new Error('the call succeeded'),
      (reason: Error) => reason,
    )
  expect(driver.poolMetrics().map(({ inUse, idle, creating }) => ({ inUse, idle, creating }))).toEqual([
    { inUse: 0, idle: 0, creating: 0 },
  ])
  return error
}

const greeted = [C.hello(), S.success({ server: 'Neo4j/5.26.0' })]
const beginning = [...greeted, C.logon(), S.success({}), C.begin()]
const begun = [...beginning, S.success({}), C.run(), C.pull()]
const pulled = [...begun, ...accepted, S.success({}), C.commit()]

const places: readonly [string, (metadata: Record<string, unknown>) => readonly Step[]][] = [
  ['HELLO', (metadata) => [C.hello(), S.success(metadata)]],
  ['LOGON', (metadata) => [...greeted, C.logon(), S.success(metadata)]],
  ['BEGIN', (metadata) => [...beginning, S.success(metadata)]],
  ['RUN', (metadata) => [...begun, S.success(metadata)]],
  ['PULL', (metadata) => [...begun, ...accepted, S.success(metadata)]],
  ['COMMIT', (metadata) => [...pulled, S.success(metadata)]],
]
const place = (name: string) => (places.find(([known]) => known === name) as (typeof places)[number])[1]

describe('A SUCCESS', () => {
  it.each([
    ['HELLO', { server: 1 }, 'server is a number, not a string'],
    ['HELLO', { server: 'Neo4j/5', connection_id: ['c'] }, 'connection_id is a list, not a string'],
    ['HELLO', { server: 'Neo4j/5', hints: [1] }, 'hints is a list, not a map'],
    ['HELLO', { server: 'Neo4j/5', hints: structure }, 'hints is a structure, not a map'],
    ['HELLO', { server: 'Neo4j/5', patch_bolt: 'utc' }, 'patch_bolt is a string, not a list'],
    ['LOGON', { advertised_address: 7 }, 'advertised_address is a number, not a string'],
    ['BEGIN', { db: 7 }, 'db is a number, not a string'],
    ['RUN', { fields: 'x' }, 'fields is a string, not a list'],
    ['RUN', { fields: ['a', 1, null] }, 'fields[1] is a number, not a string'],
    ['RUN', { fields: [{ a: 1 }] }, 'fields[0] is a map, not a string'],
    ['RUN', { fields: ['x'], qid: 'first' }, 'qid is a string, not an integer'],
    ['RUN', { fields: ['x'], qid: 2n ** 60n }, 'qid is a number beyond ±(2^53−1), not an integer'],
    ['RUN', { fields: ['x'], t_first: 'soon' }, 't_first is a string, not a number'],
    ['PULL', { has_more: 1 }, 'has_more is a number, not a boolean'],
    ['PULL', { db: ['x'] }, 'db is a list, not a string'],
    ['PULL', { type: 1 }, 'type is a number, not a string'],
    ['PULL', { t_last: {} }, 't_last is a map, not a number'],
    ['PULL', { stats: [1] }, 'stats is a list, not a map'],
    ['PULL', { stats: { 'nodes-created': 'many' } }, 'stats["nodes-created"] is a string, not a number or a boolean'],
    ['PULL', { plan: 'none' }, 'plan is a string, not a map'],
    ['PULL', { profile: { children: [{ operatorType: 7 }] } }, 'profile.children[0].operatorType is a number'],
    ['PULL', { notifications: { code: 'x' } }, 'notifications is a map, not a list'],
    ['PULL', { notifications: ['x'] }, 'notifications[0] is a string, not a map'],
    ['PULL', { notifications: [{ code: 1 }] }, 'notifications[0].code is a number, not a string'],
    ['PULL', { statuses: [{ gql_status: 0 }] }, 'statuses[0].gql_status is a number, not a string'],
    ['COMMIT', { bookmark: ['b'] }, 'bookmark is a list, not a string. The transaction is committed'],
  ])('of %s with %o is refused', async (name, metadata, says) => {
    const error = await failure(place(name)(metadata))
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toContain(`answered ${name} with `)
    expect(error.message).toContain(says)
  })

  it.each([
    ['null in place of what it has to say', { stats: null, plan: null, bookmark: null }],
    ['keys that this driver does not know', { cost_estimate: 1.5, more: [structure] }],
  ])('may hold %s', async (_what, metadata) => {
    await using play = await startPlay([[C.run(), C.pull(), ...accepted, S.success(metadata)]])
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    await session.run('Q').consume()
    expect(driver.poolMetrics()).toMatchObject([{ idle: 1 }])
  })

  it('whose metadata is a structure is refused', async () => {
    const bytes = Buffer.from([0, 5, 0xb1, 0x70, 0xb1, 0x44, 1, 0, 0])
    const error = await failure([...begun, S.bytes(bytes)])
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toContain('metadata is not a map')
  })
})

describe('A FAILURE', () => {
  const malformed = S.failure('Neo.ClientError.Statement.SyntaxError', 'no', { diagnostic_record: structure })

  it.each([
    ['HELLO', [C.hello(), malformed]],
    ['LOGON', [...greeted, C.logon(), malformed]],
    ['BEGIN', [...beginning, malformed]],
    ['RUN', [...begun, malformed]],
    ['PULL', [...begun, ...accepted, malformed]],
    ['COMMIT', [...pulled, malformed]],
  ] as const)('of %s with a structure for a diagnostic record reaches the caller', async (name, script) => {
    const error = await failure(script)
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toContain(`answered ${name} with a FAILURE`)
    expect(error.message).toContain('diagnostic_record is a structure, not a map')
  })

  it.each([
    [{ code: 1 }, 'code is a number, not a string'],
    [{ message: ['m'] }, 'message is a list, not a string'],
    [{ gql_status: 1 }, 'gql_status is a number, not a string'],
    [{ diagnostic_record: 'x' }, 'diagnostic_record is a string, not a map'],
    [{ diagnostic_record: [{}] }, 'diagnostic_record is a list, not a map'],
    [{ cause: { diagnostic_record: 7 } }, 'cause.diagnostic_record is a number, not a map'],
    [{ cause: 'x' }, 'cause is a string, not a map'],
    [{ cause: { cause: { message: 7 } } }, 'cause.cause.message is a number, not a string'],
  ])('with %j is refused', async (extra, says) => {
    const error = await failure([...begun, S.failure('Neo.ClientError.Statement.SyntaxError', 'no', extra)])
    expect(error).toBeInstanceOf(BoltProtocolError)
    expect(error.message).toContain(says)
  })

  it('that says nothing is an error of the server all the same', async () => {
    const failed = S.failure(null as never, null as never)
    await using play = await startPlay([[C.run(), C.pull(), failed, S.ignored(), C.reset(), S.success({})]])
    await using driver = GraphDatabase.driver(play.uri)
    await using session = driver.session()
    await expect(session.run('Q')).rejects.toThrow(Neo4jError)
    await play.done()
  })
})
