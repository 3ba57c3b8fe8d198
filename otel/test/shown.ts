/** Spans and metrics of either SDK line in one form, and the trees that spans make. */

import { type Attributes, type HrTime, SpanKind, type SpanStatus, SpanStatusCode } from '@opentelemetry/api'

/** A span that has ended. */
export interface ShownSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly traceId: string
  readonly id: string
  readonly parentId: string | undefined
  readonly attributes: Attributes
  readonly status: SpanStatus
  readonly events: readonly { readonly name: string; readonly attributes?: Attributes | undefined }[]
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly scope: string
  /** Which span of the run it was, by when they were made. */
  readonly order: number
}

/** One instrument and its points. */
export interface ShownMetric {
  readonly name: string
  readonly unit: string
  /** The kind of instrument, such as `HISTOGRAM`. */
  readonly type: string
  readonly points: readonly { readonly attributes: Attributes; readonly value: number; readonly count: number }[]
}

interface SomeSpan extends Omit<ShownSpan, 'traceId' | 'id' | 'parentId' | 'scope' | 'order'> {
  spanContext(): { traceId: string; spanId: string }
  readonly parentSpanContext?: { readonly spanId: string } | undefined
  readonly parentSpanId?: string | undefined
  readonly instrumentationScope?: { readonly name: string }
  readonly instrumentationLibrary?: { readonly name: string }
}

export function spanOf(span: SomeSpan, made: readonly string[]): ShownSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    name: span.name,
    kind: span.kind,
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId ?? span.parentSpanId,
    attributes: span.attributes,
    status: span.status,
    events: span.events,
    startTime: span.startTime,
    endTime: span.endTime,
    order: made.indexOf(spanId),
    scope: (span.instrumentationScope ?? span.instrumentationLibrary)?.name ?? '',
  }
}

interface Collected {
  readonly resourceMetrics: {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly descriptor: { readonly name: string; readonly unit: string; readonly type?: string }
        readonly dataPointType: number
        readonly dataPoints: readonly { readonly attributes: Attributes; readonly value: unknown }[]
      }[]
    }[]
  }
}

const pointTypes = ['HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'GAUGE', 'SUM']

export function metricsOf({ resourceMetrics }: Collected): ShownMetric[] {
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .map(({ descriptor, dataPointType, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      type: descriptor.type ?? pointTypes[dataPointType] ?? String(dataPointType),
      points: dataPoints.map(({ attributes, value }) => {
        const { sum, count } =
          typeof value === 'number' ? { sum: value, count: 1 } : (value as { sum: number; count: number })
        return { attributes, value: sum, count }
      }),
    }))
}

/** Attributes that tell one run from the next. */
const changing: ReadonlySet<string> = new Set([
  'server.port',
  'network.peer.port',
  'neo4j.driver.id',
  'neo4j.result.available_ms',
  'neo4j.result.consumed_ms',
  'neo4j.connection.transport_ms',
  'neo4j.connection.login_ms',
  'neo4j.retry.delay_ms',
  'db.client.connection.pool.name',
])

/** Spans as an indented tree, children in the order in which they began. */
export function treeOf(spans: readonly ShownSpan[], shown: readonly string[] = []): string {
  const ids = new Set(spans.map(({ id }) => id))
  const inOrder = [...spans].sort((a, b) => a.order - b.order)
  const linesBelow = (parentId: string | undefined, depth: number): string[] =>
    inOrder
      .filter((span) => (parentId === undefined ? !ids.has(span.parentId ?? '') : span.parentId === parentId))
      .flatMap((span) => [`${'  '.repeat(depth)}${lineOf(span, shown)}`, ...linesBelow(span.id, depth + 1)])
  return linesBelow(undefined, 0).join('\n')
}

function lineOf({ name, kind, attributes, status, events }: ShownSpan, shown: readonly string[]): string {
  const parts = [name, SpanKind[kind]]
  if (status.code === SpanStatusCode.ERROR) parts.push(`ERROR ${attributes['error.type']}`)
  for (const key of shown)
    if (attributes[key] !== undefined) parts.push(`${key}=${changing.has(key) ? '*' : attributes[key]}`)
  for (const event of events) parts.push(`(${event.name} ${event.attributes?.['error.type'] ?? ''})`)
  return parts.join(' ')
}

/** The attributes of a span that are the same in every run; the others are there, their values left out. */
export function steadyAttributes({ attributes }: ShownSpan): Attributes {
  const entries = Object.entries(attributes).map(([key, value]) => [key, changing.has(key) ? '*' : value])
  return Object.fromEntries(entries.sort(([a], [b]) => String(a).localeCompare(String(b))))
}
