import { startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import * as boltline from '../src/index.ts'

/** Everything users import by name, besides types. */
const exported = `
  GraphDatabase Driver Session Transaction ManagedTransaction Result ResultPromise EagerResult Query unitOfWork resultTransformers
  Record BoltRecord Date CypherDate Node GraphNode Path GraphPath Relationship Graph
  Time LocalTime DateTime LocalDateTime Duration Point CartesianPoint WGS84Point Vector vector Uuid uuid float UnsupportedType
  isRecord isNode isRelationship isPath isPoint isDate isTime isLocalTime isDateTime isLocalDateTime isDuration isVector isUuid
  isUnsupportedType isNeo4jError isDriverError isRetryable
  Auth basicAuth kerberosAuth bearerAuth customAuth AuthManagers ExpiringAuth clientCertificateProviders
  TrustSystemCAs TrustAll TrustCustomCAs Address IPv4Address IPv6Address Bookmarks
  RoutingControl NotificationMinimumSeverity NotificationDisabledCategory NotificationSeverity NotificationCategory
  READ_ACCESS WRITE_ACCESS DEFAULT_DATABASE ResultSummary SummaryCounters ServerInfo
  Neo4jError ClientError CypherSyntaxError CypherTypeError ConstraintError AuthError TokenExpired Forbidden DatabaseError TransientError
  DatabaseUnavailable NotALeader ForbiddenOnReadOnlyDatabase DriverError SessionError TransactionError TransactionNestingError ResultError
  ResultFailedError ResultConsumedError ResultNotSingleError BrokenRecordError SessionExpired ServiceUnavailable RoutingServiceUnavailable
  WriteServiceUnavailable ReadServiceUnavailable IncompleteCommit ConfigurationError AuthConfigurationError CertificateConfigurationError
  ConnectionPoolError ConnectionAcquisitionTimeoutError BookmarkTimeoutError ParameterError BoltProtocolError
  watch Watcher Neo4jWarning Neo4jDeprecationWarning PreviewWarning ResultWarning ResourceWarning
`
  .trim()
  .split(/\s+/)

const members = {
  Driver:
    'executeQuery session close closed encrypted executeQueryBookmarkManager verifyConnectivity getServerInfo supportsMultiDb supportsSessionAuth verifyAuthentication diagnose poolMetrics',
  Session: 'run beginTransaction executeRead executeWrite lastBookmarks close closed',
  Transaction: 'run commit rollback close closed',
  ManagedTransaction: 'run',
  Result: 'keys consume single first fetch peek graph value values data toEagerResult toColumns toReadable closed',
  ResultPromise:
    'then catch finally keys consume single first fetch peek graph value values data toEagerResult toColumns toReadable',
  Record: 'get at index has keys length values value entries data slice toObject equals toJSON',
  Node: 'get keys values entries has size equals toJSON',
  Relationship: 'get keys values entries has size startNode endNode equals toJSON',
  Path: 'length startNode endNode equals toJSON',
  Bookmarks: 'concat isEmpty',
  Address: 'portNumber',
  Watcher: 'watch stop',
  DateTime: 'equals with toString toJSON valueOf toTemporal toDate',
  LocalDateTime: 'equals with toString toJSON valueOf toTemporal toDate',
  Date: 'equals with toString toJSON valueOf toTemporal toDate',
  LocalTime: 'equals with toString toJSON valueOf toTemporal',
  Time: 'equals with toString toJSON valueOf',
  Duration: 'equals with toString toJSON valueOf toTemporal',
} as const

const statics = {
  GraphDatabase: 'driver bookmarkManager',
  AuthManagers: 'static basic bearer',
  clientCertificateProviders: 'rotating',
  Bookmarks: 'fromRawValues',
  Address: 'parse parseList fromSocket',
  resultTransformers: 'eager single singleStrict first data values consume graph',
  Date: 'parse from compare',
  Time: 'parse from compare',
  LocalTime: 'parse from compare',
  DateTime: 'parse from compare',
  LocalDateTime: 'parse from compare',
  Duration: 'parse from',
} as const

const catalogue = boltline as unknown as { readonly [name: string]: { readonly prototype: object } }

describe('The package', () => {
  it('exports every documented name', () => {
    expect(exported.filter((name) => !(name in boltline))).toEqual([])
    expect(boltline.Record).toBe(boltline.BoltRecord)
    expect(boltline.Date).toBe(boltline.CypherDate)
    expect(boltline.Node).toBe(boltline.GraphNode)
    expect(boltline.Path).toBe(boltline.GraphPath)
  })

  it.each(Object.entries(members))('gives every %s its documented members', (name, list) => {
    const { prototype } = catalogue[name] as { readonly prototype: object }
    expect(list.split(' ').filter((member) => !(member in prototype))).toEqual([])
  })

  it.each(Object.entries(statics))('gives %s its documented functions', (name, list) => {
    expect(list.split(' ').filter((member) => !(member in (catalogue[name] as object)))).toEqual([])
  })

  it('makes driver, session, transactions and results disposable', () => {
    for (const name of ['Driver', 'Session', 'Transaction']) {
      const { prototype } = catalogue[name] as { readonly prototype: object }
      expect(Symbol.asyncDispose in prototype, name).toBe(true)
    }
    expect(Symbol.dispose in boltline.Watcher.prototype).toBe(true)
    expect(Symbol.asyncIterator in boltline.Result.prototype).toBe(true)
    expect(Symbol.asyncIterator in boltline.ResultPromise.prototype).toBe(true)
  })

  it('never throws synchronously where a promise is due', async () => {
    await using server = await startScripted()
    const driver = boltline.GraphDatabase.driver(server.uri)
    const session = driver.session()
    await session.close()
    await driver.close()
    const bad = undefined as never
    const calls: (() => Promise<unknown>)[] = [
      () => driver.executeQuery(bad, bad, { nonsense: 1 } as never),
      () => driver.verifyConnectivity({ nonsense: 1 } as never),
      () => driver.getServerInfo(),
      () => driver.verifyAuthentication(42 as never),
      () => driver.supportsMultiDb(),
      () => session.run(bad),
      () => session.beginTransaction(bad),
      () => session.executeRead(bad),
      () => session.executeWrite(bad),
    ]
    for (const call of calls) {
      const promise = call()
      expect(promise).toBeInstanceOf(Promise)
      await expect(promise).rejects.toBeInstanceOf(Error)
    }
  })

  it('fulfils a run with a result, and lets the promise be read as one', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1, y: 'a' }])
    await using driver = boltline.GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const promise = session.run<{ x: number; y: string }>('Q')
    expect(promise).toBeInstanceOf(Promise)
    expect(promise.then(() => 1)).not.toBeInstanceOf(boltline.ResultPromise)
    const result = await promise
    expect(result).toBeInstanceOf(boltline.Result)
    expect(result.keys()).toEqual(['x', 'y'])
    expect((await result.single({ strict: true })).get('x')).toBe(1)
    expect(await session.run('Q').data()).toEqual([{ x: 1, y: 'a' }])
    expect(await session.run('Q').toColumns()).toEqual({ x: [1], y: ['a'] })
    expect((await session.run('Q').first())?.at(-1)).toBe('a')
    expect(await session.run('Q').values('y', 0)).toEqual([['a', 1]])
    const [records, summary, keys] = await session.run('Q').toEagerResult()
    expect([records, summary, keys].length).toBe(3)
  })

  it('gives pool metrics for every server without touching the network', async () => {
    await using server = await startScripted()
    server.when('Q').returns([])
    await using driver = boltline.GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 7 })
    expect(driver.poolMetrics().every(({ created }) => created === 0)).toBe(true)
    await driver.executeQuery('Q')
    expect(driver.poolMetrics()).toEqual([
      {
        address: `127.0.0.1:${server.port}`,
        max: 7,
        inUse: 0,
        idle: 1,
        creating: 0,
        waiting: 0,
        created: 1,
        closed: 0,
        failed: 0,
        timedOut: 0,
        totalAcquisitionTimeMs: expect.any(Number),
      },
    ])
  })
})
