/** OpenTelemetry for the whole process: Boltline's spans and those of the requests, gathered into traces for the page. */

import { BoltlineInstrumentation } from '@boltline/opentelemetry'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { NodeTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { SpanView, TraceView } from '../page/stage.ts'

/** Traces that began longer ago (ms) are not waited for any longer. */
const patience = 60_000
/** How many times slower than the usual trace one has to be to deserve a look. */
const slow = 4

export interface Telemetry {
  stop(): Promise<void>
}

/** Begins to trace. `show` gets a trace when its first span has ended, and again when more of it is known. */
export function startTracing(show: (trace: TraceView) => void): Telemetry {
  const provider = new NodeTracerProvider({ spanProcessors: [new TraceGatherer(show)] })
  provider.register()
  const instrumentation = new BoltlineInstrumentation({ detail: 'message' })
  instrumentation.setTracerProvider(provider)
  instrumentation.enable()
  return {
    stop: async () => {
      instrumentation.disable()
      await provider.shutdown()
      trace.disable()
    },
  }
}

interface Gathered {
  readonly began: number
  readonly spans: SpanView[]
  service: string
  over: boolean
}

class TraceGatherer implements SpanProcessor {
  readonly #show: (trace: TraceView) => void
  readonly #traces = new Map<string, Gathered>()
  #usual = 0

  constructor(show: (trace: TraceView) => void) {
    this.#show = show
  }

  onStart(): void {
    // No trace has been collected yet.
  }

  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext()
    const gathered = this.#traces.get(traceId) ?? { began: Date.now(), spans: [], service: '', over: false }
    this.#traces.set(traceId, gathered)
    gathered.spans.push(viewOf(span))
    if (span.parentSpanContext === undefined) {
      gathered.over = true
      gathered.service = span.instrumentationScope.name
    }
    if (gathered.over) this.#show(this.#traceOf(traceId, gathered))
    this.#forget()
  }

  async forceFlush(): Promise<void> {
    // Nothing is held back.
  }

  async shutdown(): Promise<void> {
    this.#traces.clear()
  }

  #traceOf(id: string, { spans, service }: Gathered): TraceView {
    const root = spans.find((span) => span.parent === null) as SpanView
    const took = root.end - root.start
    this.#usual = this.#usual === 0 ? took : 0.95 * this.#usual + 0.05 * took
    const retries = spans.filter(({ attributes }) => Number(attributes['neo4j.attempt']) > 1).length
    const failed = root.error !== null
    return { id, service, spans, retries, failed, notable: failed || retries > 0 || took > slow * this.#usual }
  }

  #forget(): void {
    for (const [id, { began }] of this.#traces) {
      if (Date.now() - began < patience) return
      this.#traces.delete(id)
    }
  }
}

function viewOf(span: ReadableSpan): SpanView {
  const start = milliseconds(span.startTime)
  return {
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: span.kind === SpanKind.SERVER ? 'server' : span.kind === SpanKind.CLIENT ? 'client' : 'internal',
    start,
    end: milliseconds(span.endTime),
    error: span.status.code === SpanStatusCode.ERROR ? (span.status.message ?? 'error') : null,
    attributes: span.attributes,
    events: span.events.map(({ name, time }) => ({ name, at: milliseconds(time) - start })),
  }
}

function milliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1_000_000
}
