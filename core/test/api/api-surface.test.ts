import { startScripted } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import * as boltline from '../../src/index.ts'

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
  ConnectionPoolError ConnectionAcquisitionTimeoutError BookmarkTimeoutError BookmarkUpdateError ParameterError BoltProtocolError
  watch Watcher Neo4jWarning Neo4jDeprecationWarning PreviewWarning ResultWarning ResourceWarning SecurityWarning
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
  Bookmarks: 'concat isEmpty equals toJSON',
  Address: 'portNumber family equals toString toJSON',
  Graph: 'toJSON',
  Point: 'equals toJSON toString',
  Vector: 'equals toJSON',
  Uuid: 'equals toString toJSON bytes',
  UnsupportedType: 'equals toJSON toString',
  Auth: 'equals toJSON credentials parameters',
  ExpiringAuth: 'expiresIn',
  ResultSummary:
    'query parameters queryType database server counters plan profile notifications summaryNotifications gqlStatusObjects resultAvailableAfter resultConsumedAfter toJSON',
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

  it('hands out errors in the documented tree', () => {
    const tree = `
      Error > Neo4jError > ClientError > CypherSyntaxError, CypherTypeError, ConstraintError, AuthError, Forbidden
      AuthError > TokenExpired
      Neo4jError > DatabaseError
      Neo4jError > TransientError > DatabaseUnavailable, NotALeader, ForbiddenOnReadOnlyDatabase
      Error > DriverError > SessionError, TransactionError, ResultError, BrokenRecordError, SessionExpired, ServiceUnavailable
      DriverError > ConfigurationError, ConnectionPoolError, BookmarkUpdateError, ParameterError, BoltProtocolError
      TransactionError > TransactionNestingError
      ResultError > ResultFailedError, ResultConsumedError, ResultNotSingleError
      ServiceUnavailable > RoutingServiceUnavailable, WriteServiceUnavailable, ReadServiceUnavailable, IncompleteCommit
      ConfigurationError > AuthConfigurationError, CertificateConfigurationError
      ConnectionPoolError > ConnectionAcquisitionTimeoutError
      Error > Neo4jWarning > Neo4jDeprecationWarning`
    const classes: { readonly [name: string]: unknown } = { ...boltline, Error }
    for (const line of tree.trim().split('\n')) {
      const [parent, ...children] = line.split('>').map((part) => part.split(',').map((name) => name.trim())) as [
        string[],
        ...string[][],
      ]
      let [above] = parent as [string]
      for (const names of children) {
        for (const name of names) {
          const { prototype } = classes[name] as { readonly prototype: object }
          expect(prototype instanceof (classes[above] as new () => object), `${name} is a ${above}`).toBe(true)
        }
        above = names[0] as string
      }
    }
  })

  it('gives values their documented fields', () => {
    const { Address, Auth, CartesianPoint, DateTime, Duration, GraphNode, LocalTime, Point, Relationship, WGS84Point } =
      boltline
    const fields: readonly (readonly [object, string])[] = [
      [new Auth('basic', 'u', 'p', 'r', { a: 1 }), 'scheme principal credentials realm parameters'],
      [new boltline.ExpiringAuth(['u', 'p'], 5), 'auth expiresAt'],
      [new boltline.Query('RETURN 1', { timeout: 1, metadata: {} }), 'text metadata timeout'],
      [new Address(['h', 1]), 'host port portNumber family'],
      [new Address(['::1', 1, 0, 0]), 'host port portNumber family'],
      [boltline.Bookmarks.fromRawValues(['a']), 'rawValues isEmpty'],
      [new Point(7203, 1, 2, 3), 'srid x y z'],
      [new CartesianPoint(1, 2), 'srid x y'],
      [new WGS84Point(1, 2, 3), 'srid x y z longitude latitude height'],
      [boltline.vector(Int8Array.of(1)), 'values'],
      [boltline.uuid('123e4567-e89b-12d3-a456-426614174000'), 'bytes'],
      [new boltline.UnsupportedType('X', [9, 0]), 'name minimumProtocol message'],
      [new boltline.Date(2024, 7, 1), 'year month day'],
      [new LocalTime({}), 'hour minute second nanosecond'],
      [boltline.Time.parse('12:00Z'), 'hour minute second nanosecond utcOffsetSeconds'],
      [DateTime.parse('2024-07-01T12:00Z'), 'year month day hour minute second nanosecond utcOffsetSeconds timeZone'],
      [boltline.LocalDateTime.parse('2024-07-01T12:00'), 'year month day hour minute second nanosecond'],
      [new Duration({ months: 1 }), 'months days seconds nanoseconds'],
      [new GraphNode('n', 1, [], {}), 'elementId id labels properties graph size'],
      [
        new Relationship('r', 1, 'T', {}, 'a', 'b'),
        'elementId id type properties startNode endNode nodes startNodeElementId endNodeElementId graph size',
      ],
      [
        new boltline.GraphPath([new GraphNode('n', 1, [], {})], []),
        'nodes relationships startNode endNode length graph',
      ],
      [
        new boltline.Neo4jError('m', { code: 'Neo.ClientError.X.Y' }),
        'code message gqlStatus gqlStatusDescription classification diagnosticRecord isRetryable',
      ],
      [new boltline.ParameterError('m', { path: 'parameters.x' }), 'path message isRetryable'],
      [new boltline.SessionError('m', { session: {} }), 'session'],
      [new boltline.TransactionError('m', { transaction: {} }), 'transaction'],
      [new boltline.ResultError('m', { result: {} }), 'result'],
    ]
    for (const [value, names] of fields)
      expect(
        names.split(' ').filter((name) => !(name in value)),
        value.constructor.name,
      ).toEqual([])
  })

  it('has constant objects whose members are their own names', () => {
    const constants = {
      RoutingControl: 'READ WRITE',
      NotificationMinimumSeverity: 'OFF WARNING INFORMATION',
      NotificationSeverity: 'WARNING INFORMATION UNKNOWN',
      NotificationCategory:
        'HINT UNRECOGNIZED UNSUPPORTED PERFORMANCE DEPRECATION GENERIC SECURITY TOPOLOGY SCHEMA UNKNOWN',
      NotificationDisabledCategory:
        'HINT UNRECOGNIZED UNSUPPORTED PERFORMANCE DEPRECATION GENERIC SECURITY TOPOLOGY SCHEMA',
    } as const
    for (const [name, members] of Object.entries(constants)) {
      const expected = Object.fromEntries(members.split(' ').map((member) => [member, member]))
      expect(catalogue[name], name).toEqual(expected)
      expect(Object.isFrozen(catalogue[name]), name).toBe(true)
    }
    expect([boltline.READ_ACCESS, boltline.WRITE_ACCESS, boltline.DEFAULT_DATABASE]).toEqual(['READ', 'WRITE', null])
  })

  it('has helper functions that are called without new', () => {
    expect(boltline.basicAuth('u', 'p')).toBeInstanceOf(boltline.Auth)
    expect(boltline.kerberosAuth('t').scheme).toBe('kerberos')
    expect(boltline.bearerAuth('t').scheme).toBe('bearer')
    expect(boltline.customAuth('u', 'c', 'r', 's').scheme).toBe('s')
    for (const trust of [boltline.TrustSystemCAs(), boltline.TrustAll(), boltline.TrustCustomCAs('/a.pem')])
      expect(typeof trust).toBe('object')
    expect(boltline.float(1).valueOf()).toBe(1)
    expect(boltline.unitOfWork({})(() => 1)()).toBe(1)
  })

  it('takes settings that are undefined or null for not given, everywhere', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    const settings = {
      driver:
        'auth connectionAcquisitionTimeout routingTimeout connectionTimeout encrypted keepAlive keepAliveInitialDelay responseTimeout rollbackTimeout resetTimeout goodbyeTimeout busyPollTime maxConnectionLifetime livenessCheckTimeout livenessProbeTimeout maxConnectionPoolSize maxTransactionRetryTime resolver tlsOptions trustedCertificates clientCertificate userAgent notificationsMinSeverity notificationsDisabledCategories warnNotificationSeverity telemetryDisabled fetchSize integers logger redact',
      session:
        'bookmarks database impersonatedUser defaultAccessMode fetchSize bookmarkManager auth notificationsMinSeverity notificationsDisabledCategories integers responseTimeout',
      executeQuery:
        'routing database impersonatedUser bookmarkManager auth resultTransformer metadata timeout signal integers responseTimeout',
      transaction: 'metadata timeout signal responseTimeout',
    } as const
    for (const nothing of [undefined, null]) {
      const empty = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, nothing]))
      await using driver = boltline.GraphDatabase.driver(server.uri, empty(settings.driver))
      await using session = driver.session(empty(settings.session))
      const transaction = empty(settings.transaction)
      expect((await driver.executeQuery('Q', nothing, empty(settings.executeQuery))).records.length).toBe(1)
      expect(await session.run('Q', nothing, transaction).value()).toEqual([1])
      expect(await session.run(new boltline.Query('Q', empty('metadata timeout')), nothing, nothing).value()).toEqual([
        1,
      ])
      expect(await session.executeRead((tx) => tx.run('Q', nothing).value(), transaction)).toEqual([1])
      await (await session.beginTransaction(transaction)).close()
      expect(await session.run('Q').single(nothing as never)).not.toBeNull()
      expect(await session.run('Q').toColumns(empty('expand parseDates'))).toEqual({ x: [1] })
      expect(await driver.verifyAuthentication(nothing, empty(settings.session))).toBe(true)
      boltline.GraphDatabase.bookmarkManager(empty('initialBookmarks bookmarksSupplier bookmarksConsumer'))
      using watcher = boltline.watch(empty('level colour'))
      expect(watcher).toBeInstanceOf(boltline.Watcher)
      watcher.stop()
      expect(String(boltline.Address.parse('h', empty('defaultHost defaultPort')))).toBe('h:0')
    }
  })

  it('refuses unknown settings everywhere, with the nearest known one', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    await using driver = boltline.GraphDatabase.driver(server.uri)
    await using session = driver.session()
    const bad = (name: string) => ({ [name]: 1 }) as never
    const calls: readonly (readonly [given: string, meant: string, call: (given: never) => unknown])[] = [
      ['maxConectionPoolSize', 'maxConnectionPoolSize', (given) => boltline.GraphDatabase.driver('bolt://h', given)],
      ['default_access_mode', 'defaultAccessMode', (given) => driver.session(given)],
      ['impersonateUser', 'impersonatedUser', (given) => driver.executeQuery('Q', {}, given)],
      ['timout', 'timeout', (given) => session.run('Q', {}, given)],
      ['metaData', 'metadata', (given) => session.beginTransaction(given)],
      ['sginal', 'signal', (given) => session.executeRead(() => 1, given)],
      ['timeOut', 'timeout', (given) => session.executeWrite(() => 1, given)],
      ['fetchsize', 'fetchSize', (given) => driver.verifyConnectivity(given)],
      ['fetchsize', 'fetchSize', (given) => driver.getServerInfo(given)],
      ['fetchsize', 'fetchSize', (given) => driver.verifyAuthentication(null, given)],
      ['strikt', 'strict', (given) => session.run('Q').single(given)],
      ['parse_dates', 'parseDates', (given) => session.run('Q').toColumns(given)],
      ['timout', 'timeout', (given) => new boltline.Query('Q', given)],
      ['timout', 'timeout', (given) => boltline.unitOfWork(given)],
      ['initial', 'initialBookmarks', (given) => boltline.GraphDatabase.bookmarkManager(given)],
      ['default_port', 'defaultPort', (given) => boltline.Address.parse('h', given)],
    ]
    for (const [given, meant, call] of calls) {
      const error = await (async () => call(bad(given)))().then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error, given).toBeInstanceOf(boltline.ConfigurationError)
      expect((error as Error).message).toContain(JSON.stringify(given))
      expect((error as Error).message).toContain(`did you mean ${JSON.stringify(meant)}`)
    }
    expect(() => boltline.watch({ lvl: 'info' } as never)).toThrow(/"lvl".*'level'/)
  })
})
