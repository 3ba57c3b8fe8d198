import { ConfigurationError, GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { BoltlineInstrumentation, type CallInfo } from '../src/index.ts'
import { startSdk } from './sdk.ts'
import { treeOf } from './shown.ts'

const find = 'MATCH (p:Person {name: $name}) RETURN p.age AS age'
const literal = "MATCH (p:Person {name: 'Ada', age: 36}) RETURN p"

async function people() {
  const server = await startScripted()
  server.when(find).returns([{ age: 36 }])
  server.when(literal).returns([])
  return server
}

afterEach(() => diag.disable())

describe('The option parameters', () => {
  it('Spans show no query parameters by default', async () => {
    await using server = await people()
    await using sdk = startSdk({ detail: 'message' })
    await using driver = GraphDatabase.driver(server.uri, { auth: ['neo4j', 'credential'] })
    await driver.executeQuery(find, { name: 'given-1' }, { metadata: { m: 'metadatum' } })
    expect(JSON.stringify([sdk.spans(), await sdk.metrics()])).not.toMatch(/credential|given-1|metadatum/)
  })

  it('Spans show the query parameters whose keys are listed, truncated to 256 characters', async () => {
    await using server = await people()
    await using sdk = startSdk({ parameters: ['name', 'more'] })
    await using driver = GraphDatabase.driver(server.uri)
    const more = { list: [1n, 2], text: 'x'.repeat(300) }
    const parameters = { name: 'Ada', password: 'hidden', more }
    await driver.executeQuery(find, parameters)
    const attributes = sdk.spans().find(({ name }) => name === 'MATCH Person')?.attributes ?? {}
    expect(attributes['db.query.parameter.name']).toBe('Ada')
    expect(String(attributes['db.query.parameter.more'])).toHaveLength(256)
    expect(attributes['db.query.parameter.password']).toBeUndefined()
  })

  it('A function decides whether a span shows the value of a query parameter, a replacement, or nothing', async () => {
    await using server = await people()
    const rule = (key: string) => ({ name: true, email: 'an address' })[key]
    await using sdk = startSdk({ parameters: rule })
    await using driver = GraphDatabase.driver(server.uri)
    const parameters = new Map<string, unknown>([
      ['name', 7],
      ['email', 'ada@example.com'],
      ['rest', 1],
    ])
    await driver.executeQuery(find, parameters)
    const shown = Object.entries(sdk.spans().at(-1)?.attributes ?? {}).filter(([key]) => key.includes('parameter'))
    expect(Object.fromEntries(shown)).toEqual({
      'db.query.parameter.name': '7',
      'db.query.parameter.email': 'an address',
    })
  })
})

describe('Query texts on spans', () => {
  it('A query text without parameters is masked', async () => {
    await using server = await people()
    await using sdk = startSdk()
    await using driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery(literal)
    expect(sdk.spans().at(-1)?.attributes['db.query.text']).toBe('MATCH (p:Person {name: ?, age: ?}) RETURN p')
  })

  it('sanitizer and summarizer replace the text and the summary of a query', async () => {
    await using server = await people()
    await using sdk = startSdk({ sanitizer: (text) => text.slice(0, 5), summarizer: () => 'people' })
    await using driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery(find, { name: 'Ada' })
    expect(sdk.spans().at(-1)).toMatchObject({
      name: 'people',
      attributes: { 'db.query.text': 'MATCH', 'db.query.summary': 'people' },
    })
  })
})

describe('Hooks of the instrumentation', () => {
  it('Hooks receive the span and the outcome of each call and query', async () => {
    await using server = await people()
    server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
    const told: string[] = []
    const kindOf = (info: CallInfo) => ('kind' in info ? info.kind : 'query')
    await using sdk = startSdk({
      requestHook: (span, info) => {
        told.push(`request ${kindOf(info)}`)
        span.setAttribute('app', 'shop')
      },
      responseHook: (span, info) => {
        told.push(`response ${kindOf(info)}`)
        if ('records' in info) span.setAttribute('rows', info.records)
      },
      errorHook: (_span, error, info) => told.push(`error ${kindOf(info)} ${(error as Error).name}`),
    })
    await using driver = GraphDatabase.driver(server.uri)
    await using session = driver.session()
    await session.executeRead((tx) => tx.run(find, { name: 'Ada' }).consume())
    await expect(driver.executeQuery('BAD')).rejects.toThrow()
    expect(told).toEqual([
      'request executeRead',
      'request query',
      'response query',
      'response executeRead',
      'request executeQuery',
      'error executeQuery CypherSyntaxError',
    ])
    expect(sdk.spans().find(({ name }) => name === 'MATCH Person')?.attributes).toMatchObject({ app: 'shop', rows: 1 })
  })

  it('Hooks that throw are logged once, and queries and spans end as usual', async () => {
    const reports: string[] = []
    const quiet = () => undefined
    const error = (message: string) => reports.push(message)
    diag.setLogger({ error, warn: quiet, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.ERROR)
    const bad = (name: string) => () => {
      throw new Error(`broken ${name}`)
    }
    await using server = await people()
    await using sdk = startSdk({
      requestHook: bad('requestHook'),
      responseHook: bad('responseHook'),
      spanName: bad('spanName'),
      summarizer: bad('summarizer'),
      sanitizer: bad('sanitizer'),
      ignore: bad('ignore'),
      parameters: bad('parameters'),
    })
    await using driver = GraphDatabase.driver(server.uri)
    for (let i = 0; i < 3; i++) {
      expect((await driver.executeQuery(find, { name: 'Ada' })).records).toHaveLength(1)
    }
    expect(sdk.spans().filter(({ name }) => name === 'MATCH Person')).toHaveLength(3)
    // A failing sanitizer must not reveal the text that it was meant to hide.
    expect(sdk.spans().at(-1)?.attributes['db.query.text']).toBeUndefined()
    for (const name of ['requestHook', 'responseHook', 'spanName', 'summarizer', 'sanitizer', 'ignore', 'parameters']) {
      expect(reports.filter((each) => each.includes(`broken ${name}`))).toHaveLength(1)
    }
  })

  it('spanName replaces the names of spans', async () => {
    await using server = await people()
    await using sdk = startSdk({ spanName: (info) => `my ${info.mode}`, detail: 'operation' })
    await using driver = GraphDatabase.driver(server.uri)
    await driver.executeQuery(find, { name: 'Ada' }, { routing: 'READ' })
    expect(treeOf(sdk.spans())).toBe('my READ CLIENT')
  })
})

it('ignore excludes calls and all their steps from spans and metrics', async () => {
  await using server = await people()
  await using sdk = startSdk({ ignore: (info) => info.text === find || info.database === 'hidden' })
  await using driver = GraphDatabase.driver(server.uri)
  await driver.executeQuery(find, { name: 'Ada' })
  await using session = driver.session({ database: 'hidden' })
  await session.executeWrite((tx) => tx.run(literal).consume())
  await using seen = driver.session()
  await seen.executeWrite(async (tx) => {
    await tx.run(find, { name: 'Ada' }).consume()
    await tx.run(literal).consume()
  })
  const shape = treeOf(sdk.spans())
    .split('\n')
    .map((each) => each.trim())
  expect(shape).toEqual(['neo4j.executeWrite INTERNAL', 'neo4j.transaction.attempt INTERNAL', 'MATCH Person CLIENT'])
  const durations = (await sdk.metrics()).find(({ name }) => name === 'db.client.operation.duration')
  expect(durations?.points.map(({ count }) => count)).toEqual([1])
})

it('requireParentSpan limits spans to calls inside of an active span', async () => {
  await using server = await people()
  await using sdk = startSdk({ requireParentSpan: true, detail: 'message' })
  await using driver = GraphDatabase.driver(server.uri)
  await driver.verifyConnectivity()
  await driver.executeQuery(find, { name: 'Ada' })
  expect(sdk.spans()).toEqual([])
  await sdk.inside('GET /', () => driver.executeQuery(find, { name: 'Ada' }))
  expect(treeOf(sdk.spans()).split('\n').slice(0, 2)).toEqual(['GET / INTERNAL', '  MATCH Person CLIENT'])
})

it.each<[object, string]>([
  [{ detial: 'attempt' }, 'did you mean "detail"'],
  [{ detail: 'everything' }, 'detail'],
  [{ propagate: true }, 'propagate'],
  [{ parameters: 'name' }, 'parameters'],
  [{ requestHook: 1 }, 'requestHook'],
  [{ metrics: 'yes' }, 'metrics'],
])('BoltlineInstrumentation refuses the options %j', (options, words) => {
  expect(() => new BoltlineInstrumentation(options)).toThrow(ConfigurationError)
  expect(() => new BoltlineInstrumentation(options)).toThrow(words)
})

it('BoltlineInstrumentation treats null options as absent', () => {
  const instrumentation = new BoltlineInstrumentation(null)
  expect(instrumentation.getConfig()).toEqual({ enabled: true })
  instrumentation.disable()
})
