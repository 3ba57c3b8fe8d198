/** Spans of the steps of a call: attempts, acquisitions, connections, routing, messages. */

import type {
  AcquireMessage,
  AttemptMessage,
  ConnectMessage,
  PullMessage,
  RetryMessage,
  RoutingMessage,
  TransactionMessage,
} from '@boltline/core'
import { context } from '@opentelemetry/api'
import { peerAttributes, serverAttributes } from '../conventions/attributes.ts'
import { failureOf } from '../conventions/failure.ts'
import { attributes, ownAttributes, RETRY_EVENT, spanNames } from '../conventions/semconv.ts'
import type { Settings } from '../settings/options.ts'
import type { SpanRegistry, StepSpan } from './span-registry.ts'

/** Number of batches of a query that get a span. Without the limit, a long stream would bury the rest of the trace. */
const MOST_PULLS = 100

export class StepSpans {
  readonly #settings: Settings
  readonly #spans: SpanRegistry
  /** Acquisitions without a span so far, and their start time. */
  readonly #waiting = new WeakMap<AcquireMessage, number>()

  constructor(settings: Settings, spans: SpanRegistry) {
    this.#settings = settings
    this.#spans = spans
  }

  get #attempts(): boolean {
    return this.#settings.detail !== 'operation'
  }

  get #messages(): boolean {
    return this.#settings.detail === 'message'
  }

  attemptStarted(attempt: AttemptMessage): void {
    const above = this.#spans.of(attempt.operation)
    if (above === undefined) return
    if (!this.#attempts) return this.#spans.inherit(attempt, above)
    const about = { ...serverAttributes(attempt.driver), [ownAttributes.attempt]: attempt.number }
    const span = this.#spans.begin(attempt, above, { name: spanNames.attempt, attributes: about })
    const inside = this.#spans.of(attempt)?.context
    if (span !== null && inside !== undefined) attempt.runInside((work) => context.with(inside, work))
  }

  attemptEnded(attempt: AttemptMessage): void {
    const span = this.#spans.of(attempt)?.span
    if (attempt.outcome !== undefined) span?.setAttribute(ownAttributes.outcome, attempt.outcome)
    this.#spans.end(attempt)
  }

  retried({ operation, attempt, error, delay }: RetryMessage): void {
    this.#spans.of(operation)?.span?.addEvent(RETRY_EVENT, {
      [ownAttributes.attempt]: attempt,
      [ownAttributes.retryDelayMs]: delay,
      [attributes.errorType]: failureOf(error).type,
    })
  }

  transactionStarted(step: TransactionMessage): void {
    const above = this.#spans.of(step.parent)
    if (above === undefined || !this.#messages) return
    const about = {
      ...serverAttributes(step.driver),
      ...peerAttributes(step.server),
      [attributes.operation]: step.request,
    }
    const span = this.#spans.begin(step, above, { name: `neo4j.${step.request}`, attributes: about })
    if (step.bookmarks > 0) span?.setAttribute(ownAttributes.bookmarks, step.bookmarks)
  }

  pullStarted(pull: PullMessage): void {
    const above = this.#spans.of(pull.query)
    if (above === undefined || !this.#messages || pull.query.batches > MOST_PULLS) return
    const about = { ...serverAttributes(pull.driver), [ownAttributes.pullSize]: pull.size }
    this.#spans.begin(pull, above, { name: `neo4j.${pull.request}`, attributes: about })
  }

  pullEnded(pull: PullMessage): void {
    this.#spans.of(pull)?.span?.setAttribute(ownAttributes.hasMore, pull.hasMore)
    this.#spans.end(pull)
  }

  /** Delays the span of an acquisition: it is created once the caller has to wait, and not if an idle connection is available. */
  acquireStarted(acquire: AcquireMessage): void {
    const { parent } = acquire
    const above = parent === null ? this.#spans.root(this.#settings.requireParentSpan) : this.#spans.of(parent)
    if (above === undefined) return
    this.#spans.inherit(acquire, above)
    if (!this.#attempts) return
    this.#waiting.set(acquire, Date.now())
    if (this.#messages) this.#spanOf(acquire)
  }

  acquireEnded(acquire: AcquireMessage): void {
    const waited = acquire.error !== undefined || (acquire.reason !== undefined && acquire.reason !== 'idle')
    if (waited) this.#spanOf(acquire)
    const span = this.#spans.of(acquire)?.span
    if (acquire.pool !== null) span?.setAttribute(attributes.poolName, acquire.pool.address)
    if (acquire.reason !== undefined) span?.setAttribute(ownAttributes.acquireReason, acquire.reason)
    this.#spans.end(acquire)
  }

  connectStarted(connect: ConnectMessage): void {
    const above = this.#aboveOf(connect.acquire)
    if (above === undefined || !this.#attempts) return
    const about = { ...serverAttributes(connect.driver), [attributes.poolName]: connect.address }
    this.#spans.begin(connect, above, { name: spanNames.connect, attributes: about })
  }

  connectEnded(connect: ConnectMessage): void {
    const span = this.#spans.of(connect)?.span
    if (span?.isRecording()) {
      const { server, transportTime, loginTime } = connect
      if (server !== null) {
        span.setAttributes({ ...peerAttributes(server), [ownAttributes.boltVersion]: server.boltVersion })
      }
      if (transportTime !== undefined) span.setAttribute(ownAttributes.transportMs, transportTime)
      if (loginTime !== undefined) span.setAttribute(ownAttributes.loginMs, loginTime)
    }
    this.#spans.end(connect)
  }

  routingStarted(routing: RoutingMessage): void {
    const above = this.#aboveOf(routing.acquire)
    if (above === undefined) return
    if (!this.#attempts) return this.#spans.inherit(routing, above)
    this.#spans.begin(routing, above, { name: spanNames.routing, attributes: serverAttributes(routing.driver) })
  }

  routingEnded(routing: RoutingMessage): void {
    const span = this.#spans.of(routing)?.span
    if (span?.isRecording()) {
      span.setAttribute(ownAttributes.routersAsked, routing.asked.length)
      if (routing.database !== null) span.setAttribute(attributes.namespace, routing.database)
    }
    this.#spans.end(routing)
  }

  #aboveOf(acquire: AcquireMessage | null): StepSpan | undefined {
    return acquire === null ? this.#spans.root(this.#settings.requireParentSpan) : this.#spanOf(acquire)
  }

  /** Returns the entry of an acquisition, and first creates its delayed span. */
  #spanOf(acquire: AcquireMessage): StepSpan | undefined {
    const startTime = this.#waiting.get(acquire)
    const above = this.#spans.of(acquire)
    if (startTime === undefined || above === undefined) return above
    this.#waiting.delete(acquire)
    this.#spans.begin(acquire, above, {
      name: spanNames.acquire,
      attributes: serverAttributes(acquire.driver),
      startTime,
    })
    return this.#spans.of(acquire)
  }
}
