import { node, path, relationship, startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import * as one from '../../src/index.ts'

vi.resetModules()
const other: typeof one = await import('../../src/index.ts')

const ada = node({ labels: ['Person'], properties: { name: 'Ada' } })
const grace = node({ labels: ['Person'], properties: { name: 'Grace' } })
const knows = relationship({ type: 'KNOWS', start: ada, end: grace })

/** A value of each kind, made by a copy. */
function valuesOf(copy: typeof one) {
  return {
    isRecord: new copy.Record({ a: 1 }),
    isPoint: new copy.WGS84Point(1, 2),
    isDate: new copy.Date(2024, 7, 1),
    isTime: copy.Time.parse('12:00Z'),
    isLocalTime: copy.LocalTime.parse('12:00'),
    isDateTime: copy.DateTime.parse('2024-07-01T12:00Z'),
    isLocalDateTime: copy.LocalDateTime.parse('2024-07-01T12:00'),
    isDuration: copy.Duration.parse('P1D'),
    isVector: copy.vector(Float32Array.of(1)),
    isUuid: copy.uuid('123e4567-e89b-12d3-a456-426614174000'),
    isUnsupportedType: new copy.UnsupportedType('QUATERNION', [9, 0]),
    isNode: new copy.GraphNode('n', null, Object.freeze(['A']), {}),
    isRelationship: new copy.Relationship('r', null, 'T', {}, 'a', 'b'),
    isPath: new copy.GraphPath([new copy.GraphNode('n', null, Object.freeze([]), {})], []),
    isNeo4jError: new copy.TransientError('m', { code: 'Neo.TransientError.General.X' }),
    isDriverError: new copy.SessionExpired('m'),
  }
}

type Guard = keyof ReturnType<typeof valuesOf>
const guards = Object.keys(valuesOf(one)) as Guard[]

describe('Two copies of the package in one process', () => {
  it('are two', () => {
    expect(other.Record).not.toBe(one.Record)
    expect(new other.Record({}) instanceof one.Record).toBe(false)
  })

  it.each(guards)('%s knows the values of both, and nothing else', (name) => {
    for (const [mine, theirs] of [
      [one, other],
      [other, one],
    ] as const) {
      const guard = mine[name] as (value: unknown) => boolean
      const values = valuesOf(theirs)
      for (const [kind, value] of Object.entries(values)) expect(guard(value), kind).toBe(kind === name)
      for (const nothing of [null, undefined, 1, 'x', {}, [], new Map(), () => 1]) expect(guard(nothing)).toBe(false)
    }
    expect(one.isRetryable(new other.SessionExpired('m'))).toBe(true)
    expect(one.isRetryable(new other.IncompleteCommit('m'))).toBe(false)
  })

  it('compare their values', () => {
    const [mine, theirs] = [valuesOf(one), valuesOf(other)]
    for (const name of guards) {
      const value: unknown = mine[name]
      if (typeof (value as { equals?: unknown }).equals !== 'function') continue
      expect((value as { equals(other: unknown): boolean }).equals(theirs[name]), name).toBe(true)
    }
    expect(new one.Record({ a: one.float(1) }).equals(new other.Record({ a: other.float(1) }))).toBe(true)
    expect(one.Date.compare(new one.Date(2024, 1, 1), new other.Date(2024, 1, 2) as never)).toBe(-1)
  })

  it('take each other’s parameters, queries, credentials, bookmarks, addresses and trust', async () => {
    await using server = await startScripted({ auth: ['neo4j', 'secret'] })
    server.when('ECHO').returns(({ parameters }) => [{ ...parameters }])
    server.when('GRAPH').returns([{ p: path(ada, knows, grace) as unknown }])
    const driver = one.GraphDatabase.driver(server.uri, {
      auth: other.basicAuth('neo4j', 'secret'),
      trustedCertificates: other.TrustAll(),
      resolver: () => [new other.Address(['127.0.0.1', server.port])],
    })
    const { isPoint, isDate, isTime, isLocalTime, isDateTime, isLocalDateTime, isDuration, isVector, isUuid } =
      valuesOf(other)
    const values = { isPoint, isDate, isTime, isLocalTime, isDateTime, isLocalDateTime, isDuration, isVector, isUuid }
    const parameters = { ...values, float: other.float(1) }
    const { records } = await driver.executeQuery(new other.Query('ECHO', { timeout: 1000 }), parameters)
    const record = records[0] as one.BoltRecord
    const known: { readonly [name: string]: unknown } = one
    for (const name of Object.keys(values))
      expect((known[name] as (value: unknown) => boolean)(record.get(name)), name).toBe(true)
    expect(server.calls.at(-1)?.timeout).toBe(1000)
    const session = driver.session({ bookmarks: other.Bookmarks.fromRawValues(['theirs']) })
    await session.run('GRAPH').consume()
    expect(server.calls.at(-1)?.bookmarks).toEqual(['theirs'])
    await session.close()
    const manager = other.GraphDatabase.bookmarkManager({ initialBookmarks: one.Bookmarks.fromRawValues(['mine']) })
    await driver.executeQuery('GRAPH', {}, { bookmarkManager: manager })
    expect(server.calls.at(-1)?.bookmarks).toEqual(['mine'])
    for (const refused of [new other.GraphNode('n', null, [], {}), valuesOf(other).isRelationship]) {
      await expect(driver.executeQuery('ECHO', { refused })).rejects.toMatchObject({
        name: 'ParameterError',
        path: 'parameters.refused',
      })
    }
    await driver.close()
  })

  it('recognize live results and auth managers of each other', async () => {
    await using server = await startScripted()
    server.when('Q').returns([{ x: 1 }])
    const manager = other.AuthManagers.bearer(() => new other.ExpiringAuth(other.bearerAuth('t')).expiresIn(1000))
    await using driver = one.GraphDatabase.driver(server.uri, { auth: manager })
    await using foreign = other.GraphDatabase.driver(server.uri)
    await using session = foreign.session()
    const live = await session.run('Q')
    await expect(driver.executeQuery('Q', {}, { resultTransformer: () => live })).rejects.toThrow(/live result/)
    const mixed = one.AuthManagers.bearer(() => new other.ExpiringAuth(one.bearerAuth('t')) as never)
    expect(one.Auth.prototype.equals.call(await mixed.getAuth(), other.bearerAuth('t'))).toBe(true)
  })
})
