/**
 * Turns what the driver tells on its diagnostics channels into spans and metrics. It knows the driver by those channels
 * alone, so neither the order of imports nor bundling, nor a second copy of the driver, makes a difference.
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
import { CallMetrics } from './call-metrics.ts'
import { CallSpans } from './call-spans.ts'
import { Digests } from './cypher/digest.ts'
import { ignoring } from './ignoring.ts'
import { MeterSource } from './meter-source.ts'
import { type BoltlineInstrumentationOptions, parseInstrumentationOptions, type Settings } from './options.ts'
import { Places } from './places.ts'
import { PoolMetrics } from './pool-metrics.ts'
import { StepSpans } from './step-spans.ts'
import { Subscriptions } from './subscriptions.ts'
import { addTraceContext } from './trace-context.ts'
import { VERSION } from './version.ts'

const NAME = '@boltline/opentelemetry'

/**
 * OpenTelemetry for Boltline: an `Instrumentation` for `registerInstrumentations` and `NodeSDK`, or for use by itself. It
 * is on from its construction (unless `enabled` is false), sees every driver of the process, and uses the global providers
 * until it is given others.
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
  #running: Running | null = null

  /** @throws ConfigurationError of `@boltline/core` for options that are unknown or wrong */
  constructor(options?: BoltlineInstrumentationOptions | null) {
    this.#settings = parseInstrumentationOptions(options)
    this.#options = { enabled: true, ...options }
    if (options?.enabled !== false) this.enable()
  }

  /** Starts listening to the driver. */
  enable(): void {
    this.#running ??= new Running(this.#settings, () => this.#currentTracer(), this.#meters)
  }

  /** Stops listening, and ends the spans that are open. */
  disable(): void {
    this.#running?.stop()
    this.#running = null
  }

  /** Whose tracers to use from now on, in place of the global provider's. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracerProvider = provider
    this.#tracer = null
  }

  /** Whose meters to use from now on, in place of the global provider's. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meters.provider = provider
  }

  /** The options in force. */
  getConfig(): BoltlineInstrumentationOptions {
    return this.#options
  }

  /**
   * Puts other options in force, all of them; what is not given has its default.
   * @throws ConfigurationError of `@boltline/core` for options that are unknown or wrong
   */
  setConfig(options: BoltlineInstrumentationOptions): void {
    this.#settings = parseInstrumentationOptions(options)
    this.#options = { enabled: true, ...options }
    if (this.#running === null) return
    this.disable()
    this.enable()
  }

  #currentTracer(): Tracer {
    // The global provider is a proxy: its tracers follow whatever is registered later.
    this.#tracer ??= (this.#tracerProvider ?? trace.getTracerProvider()).getTracer(NAME, VERSION)
    return this.#tracer
  }
}

/** An instrumentation that listens. */
class Running {
  readonly #subscriptions = new Subscriptions()
  readonly #places: Places
  readonly #stopMetrics: () => void

  constructor(settings: Settings, tracer: () => Tracer, meters: MeterSource) {
    const digests = new Digests(settings)
    const ignored = ignoring(settings.ignore)
    this.#places = new Places(tracer)
    this.#listenForSpans(settings, new CallSpans(settings, this.#places, digests, ignored), settings.propagate)
    this.#stopMetrics = settings.metrics ? this.#listenForMetrics(meters, digests, ignored) : () => undefined
    this.#subscriptions.start()
  }

  stop(): void {
    this.#subscriptions.stop()
    this.#stopMetrics()
    this.#places.endAll()
  }

  #listenForSpans(settings: Settings, calls: CallSpans, propagate: boolean): void {
    const on = this.#subscriptions
    const steps = new StepSpans(settings, this.#places)
    const end = (message: StepMessage) => this.#places.end(message)
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
    ignored: (info: OperationMessage | QueryMessage) => boolean,
  ): () => void {
    const on = this.#subscriptions
    const calls = new CallMetrics(() => meters.instruments, digests, ignored)
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
    on.point<PoolMessage>('pool', (message) => pools.happened(message))
    on.point<RetryMessage>('retry', (message) => calls.retried(message))
    on.point<NotificationMessage>('notification', (message) => calls.notified(message))
    return meters.observe((result, observed) => pools.observe(result, observed))
  }

  /** A server shows of a transaction what leads to the attempt that it is. */
  #propagate(message: TransactionMessage | QueryMessage): void {
    const place = this.#places.of(message.parent)
    if (place !== undefined && !place.silent) addTraceContext(message, place.context)
  }
}
