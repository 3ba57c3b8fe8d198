/**
 * Turns the messages of the driver's diagnostics channels into spans and metrics. It depends on the channels alone, so import
 * order, bundling and further copies of the driver make no difference.
 */

import type {
  AcquireMessage,
  AttemptMessage,
  ConnectMessage,
  NotificationMessage,
  OperationMessage,
  PoolMessage,
  PullMessage,
  QueryMessage,
  RetryMessage,
  RoutingMessage,
  StepMessage,
  TransactionMessage,
} from '@boltline/core'
import { type MeterProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api'
import { Digests } from './cypher/digest.ts'
import { CallMetrics } from './metrics/call-metrics.ts'
import { MeterSource } from './metrics/meter-source.ts'
import { PoolMetrics } from './metrics/pool-metrics.ts'
import { type BoltlineInstrumentationOptions, parseInstrumentationOptions, type Settings } from './settings/options.ts'
import { suppression } from './settings/suppression.ts'
import { CallSpans } from './spans/call-spans.ts'
import { SpanRegistry } from './spans/span-registry.ts'
import { StepSpans } from './spans/step-spans.ts'
import { addTraceContext } from './spans/trace-context.ts'
import { Subscriptions } from './subscriptions.ts'
import { VERSION } from './version.ts'

const NAME = '@boltline/opentelemetry'

/**
 * OpenTelemetry for Boltline: an `Instrumentation` for `registerInstrumentations` and `NodeSDK`, or for use by itself. It
 * starts when it is constructed (unless `enabled` is false), covers all drivers of the process, and uses the global providers
 * until `setTracerProvider` and `setMeterProvider` set others.
 *
 * @example
 * ```ts
 * registerInstrumentations({ instrumentations: [new BoltlineInstrumentation({ propagate: 'tx-metadata' })] })
 * ```
 */
export class BoltlineInstrumentation {
  readonly instrumentationName = NAME
  readonly instrumentationVersion = VERSION
  #options: BoltlineInstrumentationOptions
  #settings: Settings
  #tracerProvider: TracerProvider | null = null
  #tracer: Tracer | null = null
  readonly #meters = new MeterSource(NAME, VERSION)
  #active: ActiveInstrumentation | null = null

  /** @throws ConfigurationError of `@boltline/core` if an option is unknown or invalid */
  constructor(options?: BoltlineInstrumentationOptions | null) {
    this.#settings = parseInstrumentationOptions(options)
    this.#options = { enabled: true, ...options }
    if (options?.enabled !== false) this.enable()
  }

  /** Subscribes to the driver's channels. Does nothing if it is enabled already. */
  enable(): void {
    this.#active ??= new ActiveInstrumentation(this.#settings, () => this.#currentTracer(), this.#meters)
  }

  /** Unsubscribes from the driver's channels and ends the open spans. */
  disable(): void {
    this.#active?.stop()
    this.#active = null
  }

  /** Sets the tracer provider to use from now on instead of the global one. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracerProvider = provider
    this.#tracer = null
  }

  /** Sets the meter provider to use from now on instead of the global one. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meters.provider = provider
  }

  /** Returns the current options. */
  getConfig(): BoltlineInstrumentationOptions {
    return this.#options
  }

  /**
   * Replaces all options. Options that are not given get their defaults.
   * @throws ConfigurationError of `@boltline/core` if an option is unknown or invalid
   */
  setConfig(options: BoltlineInstrumentationOptions): void {
    this.#settings = parseInstrumentationOptions(options)
    this.#options = { enabled: true, ...options }
    if (this.#active === null) return
    this.disable()
    this.enable()
  }

  #currentTracer(): Tracer {
    // The global provider is a proxy: its tracers delegate to a provider that is registered later.
    this.#tracer ??= (this.#tracerProvider ?? trace.getTracerProvider()).getTracer(NAME, VERSION)
    return this.#tracer
  }
}

/** The subscriptions of an enabled instrumentation. */
class ActiveInstrumentation {
  readonly #subscriptions = new Subscriptions()
  readonly #spans: SpanRegistry
  readonly #stopMetrics: () => void

  constructor(settings: Settings, tracer: () => Tracer, meters: MeterSource) {
    const digests = new Digests(settings)
    const suppressed = suppression(settings.ignore)
    this.#spans = new SpanRegistry(tracer)
    this.#listenForSpans(settings, new CallSpans(settings, this.#spans, digests, suppressed), settings.propagate)
    this.#stopMetrics = settings.metrics ? this.#listenForMetrics(meters, digests, suppressed) : () => undefined
    this.#subscriptions.start()
  }

  stop(): void {
    this.#subscriptions.stop()
    this.#stopMetrics()
    this.#spans.endAll()
  }

  #listenForSpans(settings: Settings, calls: CallSpans, propagate: boolean): void {
    const on = this.#subscriptions
    const steps = new StepSpans(settings, this.#spans)
    const end = (message: StepMessage) => this.#spans.end(message)
    on.step<OperationMessage>('operation', 'start', (message) => calls.operationStarted(message))
    on.step<OperationMessage>('operation', 'asyncEnd', (message) => calls.operationEnded(message))
    on.step<AttemptMessage>('attempt', 'start', (message) => steps.attemptStarted(message))
    on.step<AttemptMessage>('attempt', 'asyncEnd', (message) => steps.attemptEnded(message))
    on.step<QueryMessage>('query', 'start', (message) => {
      calls.queryStarted(message)
      if (propagate && message.autoCommit) this.#propagate(message)
    })
    on.step<QueryMessage>('query', 'asyncEnd', (message) => calls.queryEnded(message))
    on.step<TransactionMessage>('transaction', 'start', (message) => {
      steps.transactionStarted(message)
      if (propagate && message.request === 'BEGIN') this.#propagate(message)
    })
    on.step<TransactionMessage>('transaction', 'asyncEnd', end)
    on.step<AcquireMessage>('acquire', 'start', (message) => steps.acquireStarted(message))
    on.step<AcquireMessage>('acquire', 'asyncEnd', (message) => steps.acquireEnded(message))
    on.step<ConnectMessage>('connect', 'start', (message) => steps.connectStarted(message))
    on.step<ConnectMessage>('connect', 'asyncEnd', (message) => steps.connectEnded(message))
    on.step<RoutingMessage>('routing', 'start', (message) => steps.routingStarted(message))
    on.step<RoutingMessage>('routing', 'asyncEnd', (message) => steps.routingEnded(message))
    on.point<RetryMessage>('retry', (message) => steps.retried(message))
    if (settings.detail !== 'message') return
    on.step<PullMessage>('pull', 'start', (message) => steps.pullStarted(message))
    on.step<PullMessage>('pull', 'asyncEnd', (message) => steps.pullEnded(message))
  }

  #listenForMetrics(
    meters: MeterSource,
    digests: Digests,
    suppressed: (info: OperationMessage | QueryMessage) => boolean,
  ): () => void {
    const on = this.#subscriptions
    const calls = new CallMetrics(() => meters.instruments, digests, suppressed)
    const pools = new PoolMetrics(() => meters.instruments)
    for (const name of ['operation', 'query', 'transaction']) {
      on.step<StepMessage>(name, 'start', (message) => calls.started(message))
    }
    for (const name of ['acquire', 'connect', 'routing']) {
      on.step<StepMessage>(name, 'start', (message) => pools.started(message))
    }
    on.step<OperationMessage>('operation', 'asyncEnd', (message) => calls.operationEnded(message))
    on.step<QueryMessage>('query', 'asyncEnd', (message) => calls.queryEnded(message))
    on.step<TransactionMessage>('transaction', 'asyncEnd', (message) => calls.transactionStepEnded(message))
    on.step<AcquireMessage>('acquire', 'asyncEnd', (message) => pools.acquired(message))
    on.step<ConnectMessage>('connect', 'asyncEnd', (message) => pools.connected(message))
    on.step<RoutingMessage>('routing', 'asyncEnd', (message) => pools.routed(message))
    on.point<PoolMessage>('pool', (message) => pools.poolEvent(message))
    on.point<RetryMessage>('retry', (message) => calls.retried(message))
    on.point<NotificationMessage>('notification', (message) => calls.notified(message))
    return meters.observe((result, observed) => pools.observe(result, observed))
  }

  /** Adds the trace context to the transaction's metadata, so that the server's view of it leads to the attempt's span. */
  #propagate(message: TransactionMessage | QueryMessage): void {
    const parent = this.#spans.of(message.parent)
    if (parent !== undefined && !parent.suppressed) addTraceContext(message, parent.context)
  }
}
