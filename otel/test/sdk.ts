/** The two lines of the OpenTelemetry SDK that are in use, each as what the tests need of it. */

import {
  type ContextManager,
  context,
  type MeterProvider,
  metrics,
  propagation,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager as ContextManager2 } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations as register2 } from '@opentelemetry/instrumentation'
import * as metrics2 from '@opentelemetry/sdk-metrics'
import * as trace2 from '@opentelemetry/sdk-trace-base'
import { AsyncLocalStorageContextManager as ContextManager1 } from 'otel-1-context-async-hooks'
import { registerInstrumentations as register1 } from 'otel-1-instrumentation'
import * as metrics1 from 'otel-1-sdk-metrics'
import * as trace1 from 'otel-1-sdk-trace-base'
import { BoltlineInstrumentation, type BoltlineInstrumentationOptions } from '../src/index.ts'
import type { ShownMetric, ShownSpan } from './shown.ts'
import { metricsOf, spanOf } from './shown.ts'

/** A running SDK and the instrumentation in it. */
export interface Sdk extends AsyncDisposable {
  readonly instrumentation: BoltlineInstrumentation
  readonly tracerProvider: TracerProvider
  readonly meterProvider: MeterProvider
  /** The spans that have ended, in that order. */
  spans(): ShownSpan[]
  /** What has been measured so far. */
  metrics(): Promise<ShownMetric[]>
  /** Runs `work` inside a span. */
  inside<T>(name: string, work: () => Promise<T>): Promise<T>
}

export const lines = ['SDK 1.x', 'SDK 2.x'] as const
export type Line = (typeof lines)[number]

/** Starts an SDK that keeps what it is given, with the instrumentation registered in it. */
export function startSdk(options: BoltlineInstrumentationOptions = {}, line: Line = 'SDK 2.x'): Sdk {
  const parts = line === 'SDK 1.x' ? sdk1() : sdk2()
  const manager: ContextManager = parts.manager.enable()
  context.setGlobalContextManager(manager)
  const instrumentation = new BoltlineInstrumentation(options)
  const { tracerProvider, meterProvider } = parts
  const unregister = parts.register({ instrumentations: [instrumentation], tracerProvider, meterProvider })
  const tracer = tracerProvider.getTracer('test')
  return {
    instrumentation,
    tracerProvider,
    meterProvider,
    spans: () => parts.exporter.getFinishedSpans().map((span) => spanOf(span, parts.order.made)),
    metrics: async () => metricsOf(await parts.reader.collect()),
    inside: (name, work) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          return await work()
        } finally {
          span.end()
        }
      }),
    async [Symbol.asyncDispose]() {
      unregister()
      context.disable()
      trace.disable()
      metrics.disable()
      propagation.disable()
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()])
    },
  }
}

function sdk2() {
  const exporter = new trace2.InMemorySpanExporter()
  const order = new StartOrder()
  const spanProcessors = [order, new trace2.SimpleSpanProcessor(exporter)]
  const reader = new OnDemand2()
  return {
    manager: new ContextManager2(),
    register: register2,
    order,
    exporter,
    reader,
    tracerProvider: new trace2.BasicTracerProvider({ spanProcessors }),
    meterProvider: new metrics2.MeterProvider({ readers: [reader] }),
  }
}

function sdk1() {
  const exporter = new trace1.InMemorySpanExporter()
  const order = new StartOrder()
  const spanProcessors = [order, new trace1.SimpleSpanProcessor(exporter)]
  const reader = new OnDemand1()
  return {
    manager: new ContextManager1(),
    register: register1,
    order,
    exporter,
    reader,
    tracerProvider: new trace1.BasicTracerProvider({ spanProcessors }),
    meterProvider: new metrics1.MeterProvider({ readers: [reader] }),
  }
}

/** Remembers in which order spans were made: their times are too coarse to tell. */
class StartOrder {
  readonly made: string[] = []

  onStart(span: { spanContext(): { spanId: string } }): void {
    this.made.push(span.spanContext().spanId)
  }

  onEnd(): void {
    // Ends are the exporter's affair.
  }

  async forceFlush(): Promise<void> {
    // Nothing is kept back.
  }

  async shutdown(): Promise<void> {
    // Nothing is open.
  }
}

class OnDemand1 extends metrics1.MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept.
  }
  protected override async onShutdown(): Promise<void> {
    // Nothing is open.
  }
}

class OnDemand2 extends metrics2.MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept.
  }
  protected override async onShutdown(): Promise<void> {
    // Nothing is open.
  }
}
