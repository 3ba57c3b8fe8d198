import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { attributes, instruments } from '../src/conventions/semconv.ts'
import { lines, startSdk } from './sdk.ts'
import { ownSet, problemsOfMetric, wholeSet } from './semconv/check-metrics.ts'
import { problemsOfSpan } from './semconv/check-spans.ts'
import { conventions } from './semconv/conventions.ts'
import { openShop, remark } from './shop.ts'
import type { ShownMetric, ShownSpan } from './shown.ts'

describe.each(lines)('The telemetry of the example shop with %s', (line) => {
  it('Every span and metric follows the semantic conventions, and every metric is recorded', async () => {
    await using sdk = startSdk({ detail: 'message', parameters: ['name'] }, line)
    await using shop = await openShop(sdk.tracerProvider.getTracer('http'))
    await shop.burst()
    await remark()
    const spans = sdk.spans().filter(({ scope }) => scope === '@boltline/opentelemetry')
    const metrics = await sdk.metrics()
    expect(spans.length).toBeGreaterThan(150)
    expect(spans.flatMap(problemsOfSpan)).toEqual([])
    expect(metrics.flatMap(problemsOfMetric)).toEqual([])
    const measured = metrics.filter(({ points }) => points.length > 0).map(({ name }) => name)
    expect(measured.sort()).toEqual([...wholeSet, ...ownSet].sort())
  })
})

describe('The checks of spans and metrics', () => {
  const span: ShownSpan = {
    name: 'MATCH Person',
    kind: SpanKind.CLIENT,
    traceId: '1',
    id: '2',
    parentId: undefined,
    attributes: {
      'db.system.name': 'neo4j',
      'db.query.text': 'MATCH (p:Person) RETURN p',
      'db.query.summary': 'MATCH Person',
      'server.address': 'localhost',
    },
    status: { code: SpanStatusCode.UNSET },
    events: [],
    startTime: [0, 0],
    endTime: [0, 0],
    scope: '',
    order: 0,
  }
  const metric: ShownMetric = {
    name: 'db.client.connection.count',
    unit: '{connection}',
    type: 'OBSERVABLE_UP_DOWN_COUNTER',
    points: [
      {
        attributes: { 'db.client.connection.pool.name': 'localhost:7687', 'db.client.connection.state': 'idle' },
        value: 1,
        count: 1,
      },
    ],
  }

  it('The check accepts a correct span and metric', () => {
    expect(problemsOfSpan(span)).toEqual([])
    expect(problemsOfMetric(metric)).toEqual([])
  })

  it.each<[string, Partial<ShownSpan>, string]>([
    [
      'a deprecated name',
      { attributes: { ...span.attributes, 'db.statement': 'x' } },
      'the attribute db.statement is deprecated',
    ],
    ['an unknown attribute', { attributes: { ...span.attributes, 'db.foo': 'x' } }, 'the attribute db.foo is unknown'],
    ['the name of a metric', { attributes: { ...span.attributes, 'db.client.operation.duration': 1 } }, 'is a metric'],
    [
      'a missing attribute',
      { attributes: { ...span.attributes, 'db.system.name': undefined } },
      'db.system.name is missing',
    ],
    ['another system', { attributes: { ...span.attributes, 'db.system.name': 'mysql' } }, 'is not neo4j'],
    [
      'a port in words',
      { attributes: { ...span.attributes, 'server.port': '1' } },
      'server.port is a string, not a number',
    ],
    ['the default port', { attributes: { ...span.attributes, 'server.port': 7687 } }, 'the default one'],
    ['another span name', { name: 'query' }, 'not named after its summary'],
    [
      'an operation taken from the text',
      { attributes: { ...span.attributes, 'db.operation.name': 'MATCH' } },
      'must not be taken',
    ],
    ['a failure without a type', { status: { code: SpanStatusCode.ERROR, message: 'x' } }, 'failed without error.type'],
    [
      'a failure without words',
      { status: { code: SpanStatusCode.ERROR }, attributes: { ...span.attributes, 'error.type': 'x' } },
      'without a description',
    ],
    ['a type without a failure', { attributes: { ...span.attributes, 'error.type': 'x' } }, 'has not failed'],
    ['a status of OK', { status: { code: SpanStatusCode.OK } }, 'set to OK'],
  ])('The check finds %s in a span', (_what, fault, problem) => {
    expect(problemsOfSpan({ ...span, ...fault }).join()).toContain(problem)
  })

  it.each<[string, Partial<ShownMetric>, string]>([
    ['a deprecated name', { name: 'db.client.connection.max' }, 'is deprecated'],
    ['an unknown metric', { name: 'db.client.connection.foo' }, 'is unknown'],
    ['a wrong unit', { unit: 'ms' }, 'has the unit ms instead of {connection}'],
    ['a wrong instrument', { type: 'HISTOGRAM' }, 'is a HISTOGRAM instead of a sum'],
    [
      'a missing attribute',
      { points: [{ attributes: {}, value: 1, count: 1 }] },
      'db.client.connection.pool.name is missing',
    ],
  ])('The check finds %s in a metric', (_what, fault, problem) => {
    expect(problemsOfMetric({ ...metric, ...fault }).join()).toContain(problem)
  })
})

it('The attribute and instrument names of the conventions are not deprecated', () => {
  const names = [...Object.values(attributes), ...Object.values(instruments).map(({ name }) => name)]
  for (const name of names.filter((each) => each !== attributes.queryParameter)) {
    expect([name, conventions.get(name)?.deprecated]).toEqual([name, false])
  }
})
