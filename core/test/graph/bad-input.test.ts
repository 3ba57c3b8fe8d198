import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigurationError, type Driver, GraphDatabase, ParameterError, SessionError } from '../../src/index.ts'
import { clear, connect } from '../neo4j/drivers.ts'

let driver: Driver
beforeAll(() => {
  driver = connect({ maxConnectionPoolSize: 1 })
})
afterAll(async () => {
  await clear(driver, 'BadInput')
  await driver.close()
})

it('The driver refuses values without a Cypher type, names their path, and keeps session and transaction usable', async () => {
  const { records } = await driver.executeQuery('WITH 1 AS one CALL { RETURN 2 AS p } RETURN p')
  expect(records.length).toBe(1)
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = { cyclic }
  await using session = driver.session()
  const node = (await session.run('CREATE (n:BadInput) RETURN n').single({ strict: true })).get('n')
  const cases: readonly (readonly [object, string])[] = [
    [{ filter: { age: undefined } }, 'parameters.filter.age'],
    [{ x: [{ f: () => 1 }] }, 'parameters.x[0].f'],
    [{ s: Symbol('s') }, 'parameters.s'],
    [cyclic, 'parameters.self.cyclic'],
    [{ n: 2n ** 63n }, 'parameters.n'],
    [{ n: -(2n ** 80n) }, 'parameters.n'],
    [{ t: '\ud800' }, 'parameters.t'],
    [{ node }, 'parameters.node'],
    [{ d: new globalThis.Date(Number.NaN) }, 'parameters.d'],
    [{ c: new (class Own {})() }, 'parameters.c'],
  ]
  for (const [parameters, path] of cases) {
    const error = await session.run('RETURN $x', parameters).catch((reason) => reason)
    expect(error, path).toBeInstanceOf(ParameterError)
    if (path === 'parameters.self.cyclic') expect(error.path.startsWith('parameters.self')).toBe(true)
    else expect(error.path).toBe(path)
    expect(error.stack).toContain('bad-input.test.ts')
  }
  await using tx = await session.beginTransaction()
  for (const [parameters] of cases) {
    await expect(tx.run('RETURN $x', parameters)).rejects.toBeInstanceOf(ParameterError)
    expect(await tx.run('RETURN 1 AS one').value()).toEqual([1])
  }
  await tx.commit()
  expect(driver.poolMetrics()[0]).toMatchObject({ created: 1, inUse: 0 })
})

it('The driver refuses queries and parameters of the wrong type', async () => {
  await using session = driver.session()
  for (const query of [undefined, null, 1, {}, ['RETURN 1']]) {
    await expect(session.run(query as never)).rejects.toThrow(/query must be a string or a Query/)
    await expect(driver.executeQuery(query as never)).rejects.toBeInstanceOf(ParameterError)
  }
  for (const parameters of ['x', 1, [], new (class Own {})()]) {
    await expect(session.run('RETURN 1', parameters as never)).rejects.toThrow(/parameters must be a plain object/)
  }
  await expect(session.run('RETURN 1', {}, { timeOut: 1 } as never)).rejects.toThrow(/timeOut.*timeout/)
  await expect(session.run('RETURN 1', {}, { timeout: -1 })).rejects.toBeInstanceOf(ConfigurationError)
  expect(await session.run('RETURN 1 AS one').value()).toEqual([1])
})

it('The driver refuses invalid settings at construction, before it opens a connection', () => {
  const make = (uri: unknown, config?: object) => () => GraphDatabase.driver(uri as string, config)
  expect(make('bolt://localhost:99999')).toThrow(/port/i)
  expect(make('bolt://localhost', { maxConnectionPoolsize: 1 })).toThrow(/maxConnectionPoolSize/)
  expect(make('bolt://localhost', { auth: 42 })).toThrow(ConfigurationError)
  expect(make('bolt://localhost', { auth: ['neo4j', 42] })).toThrow(ConfigurationError)
  expect(make('http://localhost')).toThrow(/bolt/)
  expect(make(undefined)).toThrow(ConfigurationError)
  expect(make('bolt://user:secret@localhost')).toThrow(ConfigurationError)
  expect(make('bolt://user:secret@localhost')).not.toThrow(/secret/)
})

it('A session refuses a second concurrent operation and completes the first', async () => {
  await using session = driver.session()
  const first = session.run('RETURN 1 AS x')
  await expect(session.run('RETURN 2 AS x')).rejects.toBeInstanceOf(SessionError)
  expect(await first.value()).toEqual([1])
})
