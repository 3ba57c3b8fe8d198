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
import { peerAttributes, serverAttributes } from './attributes.ts'
import { failureOf } from './failure.ts'
import type { Settings } from './options.ts'
import type { Place, Places } from './places.ts'
import { attributes, ownAttributes, RETRY_EVENT, spanNames } from './semconv.ts'

/** Number of batches of a query that get a span. Without the limit, a long stream would bury the rest of the trace. */
const MOST_PULLS = 100

export class StepSpans {
  readonly #settings: Settings
  readonly #places: Places
  /** Acquisitions without a span so far, and their start time. */
  readonly #waiting = new WeakMap<AcquireMessage, number>()

  constructor(settings: Settings, places: Places) {
    this.#settings = settings
    this.#places = places
  }

  get #attempts(): boolean {
    return this.#settings.detail !== 'operation'
  }

  get #messages(): boolean {
    return this.#settings.detail === 'message'
  }

  attemptStarted(attempt: AttemptMessage): void {
    const above = this.#places.of(attempt.operation)
    if (above === undefined) return
    if (!this.#attempts) return this.#places.inherit(attempt, above)
    const about = { ...serverAttributes(attempt.driver), [ownAttributes.attempt]: attempt.number }
    const span = this.#places.begin(attempt, above, { name: spanNames.attempt, attributes: about })
    const inside = this.#places.of(attempt)?.context
    if (span !== null && inside !== undefined) attempt.runInside((work) => context.with(inside, work))
  }

  attemptEnded(attempt: AttemptMessage): void {
    const span = this.#places.of(attempt)?.span
    if (attempt.outcome !== undefined) span?.setAttribute(ownAttributes.outcome, attempt.outcome)
    this.#places.end(attempt)
  }

  retried({ operation, attempt, error, delay }: RetryMessage): void {
    this.#places.of(operation)?.span?.addEvent(RETRY_EVENT, {
      [ownAttributes.attempt]: attempt,
      [ownAttributes.retryDelayMs]: delay,
      [attributes.errorType]: failureOf(error).type,
    })
  }

  transactionStarted(step: TransactionMessage): void {
    const above = this.#places.of(step.parent)
    if (above === undefined || !this.#messages) return
    const about = {
      ...serverAttributes(step.driver),
      ...peerAttributes(step.server),
      [attributes.operation]: step.request,
    }
    const span = this.#places.begin(step, above, { name: `neo4j.${step.request}`, attributes: about })
    if (step.bookmarks > 0) span?.setAttribute(ownAttributes.bookmarks, step.bookmarks)
  }

  pullStarted(pull: PullMessage): void {
    const above = this.#places.of(pull.query)
    if (above === undefined || !this.#messages || pull.query.batches > MOST_PULLS) return
    const about = { ...serverAttributes(pull.driver), [ownAttributes.pullSize]: pull.size }
    this.#places.begin(pull, above, { name: `neo4j.${pull.request}`, attributes: about })
  }

  pullEnded(pull: PullMessage): void {
    this.#places.of(pull)?.span?.setAttribute(ownAttributes.hasMore, pull.hasMore)
    this.#places.end(pull)
  }

  /** Delays the span of an acquisition: it is created once the caller has to wait, and not if an idle connection is available. */
  acquireStarted(acquire: AcquireMessage): void {
    const { parent } = acquire
    const above = parent === null ? this.#places.root(this.#settings.requireParentSpan) : this.#places.of(parent)
    if (above === undefined) return
    this.#places.inherit(acquire, above)
    if (!this.#attempts) return
    this.#waiting.set(acquire, Date.now())
    if (this.#messages) this.#placeOf(acquire)
  }

  acquireEnded(acquire: AcquireMessage): void {
    const waited = acquire.error !== undefined || (acquire.reason !== undefined && acquire.reason !== 'idle')
    if (waited) this.#placeOf(acquire)
    const span = this.#places.of(acquire)?.span
    if (acquire.pool !== null) span?.setAttribute(attributes.poolName, acquire.pool.address)
    if (acquire.reason !== undefined) span?.setAttribute(ownAttributes.acquireReason, acquire.reason)
    this.#places.end(acquire)
  }

  connectStarted(connect: ConnectMessage): void {
    const above = this.#aboveOf(connect.acquire)
    if (above === undefined || !this.#attempts) return
    const about = { ...serverAttributes(connect.driver), [attributes.poolName]: connect.address }
    this.#places.begin(connect, above, { name: spanNames.connect, attributes: about })
  }

  connectEnded(connect: ConnectMessage): void {
    const span = this.#places.of(connect)?.span
    if (span?.isRecording()) {
      const { server, transportTime, loginTime } = connect
      if (server !== null) {
        span.setAttributes({ ...peerAttributes(server), [ownAttributes.boltVersion]: server.boltVersion })
      }
      if (transportTime !== undefined) span.setAttribute(ownAttributes.transportMs, transportTime)
      if (loginTime !== undefined) span.setAttribute(ownAttributes.loginMs, loginTime)
    }
    this.#places.end(connect)
  }

  routingStarted(routing: RoutingMessage): void {
    const above = this.#aboveOf(routing.acquire)
    if (above === undefined) return
    if (!this.#attempts) return this.#places.inherit(routing, above)
    this.#places.begin(routing, above, { name: spanNames.routing, attributes: serverAttributes(routing.driver) })
  }

  routingEnded(routing: RoutingMessage): void {
    const span = this.#places.of(routing)?.span
    if (span?.isRecording()) {
      span.setAttribute(ownAttributes.routersAsked, routing.asked.length)
      if (routing.database !== null) span.setAttribute(attributes.namespace, routing.database)
    }
    this.#places.end(routing)
  }

  #aboveOf(acquire: AcquireMessage | null): Place | undefined {
    return acquire === null ? this.#places.root(this.#settings.requireParentSpan) : this.#placeOf(acquire)
  }

  /** Returns the place of an acquisition and creates its delayed span. */
  #placeOf(acquire: AcquireMessage): Place | undefined {
    const startTime = this.#waiting.get(acquire)
    const above = this.#places.of(acquire)
    if (startTime === undefined || above === undefined) return above
    this.#waiting.delete(acquire)
    this.#places.begin(acquire, above, {
      name: spanNames.acquire,
      attributes: serverAttributes(acquire.driver),
      startTime,
    })
    return this.#places.of(acquire)
  }
}
