/** Spans of API calls, and of the queries inside transactions. */

import type { OperationMessage, QueryMessage } from '@boltline/core'
import { type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api'
import { callAttributes, parameterAttributes, queryAttributes, serverAttributes } from '../conventions/attributes.ts'
import { ownAttributes, spanNames } from '../conventions/semconv.ts'
import type { Digests, QueryDigest } from '../cypher/digest.ts'
import { type CallInfo, operationOf } from '../settings/call-info.ts'
import type { Settings } from '../settings/options.ts'
import type { SpanRegistry, StepSpan, StepSpanOptions } from './span-registry.ts'

export class CallSpans {
  readonly #settings: Settings
  readonly #spans: SpanRegistry
  readonly #digests: Digests
  readonly #suppressed: (info: CallInfo) => boolean

  constructor(settings: Settings, spans: SpanRegistry, digests: Digests, suppressed: (info: CallInfo) => boolean) {
    this.#settings = settings
    this.#spans = spans
    this.#digests = digests
    this.#suppressed = suppressed
  }

  operationStarted(operation: OperationMessage): void {
    const above = this.#spans.root(this.#settings.requireParentSpan)
    const parent = this.#suppressed(operation) ? { ...above, suppressed: true } : above
    const digest = operation.text === undefined ? null : this.#digests.of(operation.text)
    // Only queries are database calls (CLIENT). As CLIENT spans, transactions would count their queries twice.
    const kind = digest === null ? SpanKind.INTERNAL : SpanKind.CLIENT
    this.#begin(operation, parent, this.#optionsOf(operation, digest, kind))
    const inside = this.#spans.of(operation)
    if (inside !== undefined && !inside.suppressed) operation.runInside((work) => context.with(inside.context, work))
  }

  operationEnded(operation: OperationMessage): void {
    const span = this.#spans.of(operation)?.span
    if (span?.isRecording()) {
      if (operation.query !== null) span.setAttributes(queryAttributes(operation.query))
      if (operation.attempts > 1) span.setAttribute(ownAttributes.attempts, operation.attempts)
      if (operation.outcome !== undefined) span.setAttribute(ownAttributes.outcome, operation.outcome)
      this.#callEndHook(span, operation)
    }
    this.#spans.end(operation)
  }

  queryStarted(query: QueryMessage): void {
    const above = this.#spans.of(query.parent)
    if (above === undefined) return
    // executeQuery and session.run have one span for call and query.
    if (operationOf(query).text !== undefined) {
      const attributes = serverAttributes(query.driver)
      if (this.#settings.detail === 'message') this.#spans.begin(query, above, { name: spanNames.query, attributes })
      else this.#spans.inherit(query, above)
      return
    }
    const parent = this.#suppressed(query) ? { ...above, suppressed: true } : above
    const digest = this.#digests.of(query.text)
    this.#begin(query, parent, this.#optionsOf(query, digest, SpanKind.CLIENT), contextOf(parent))
  }

  queryEnded(query: QueryMessage): void {
    const span = this.#spans.of(query)?.span
    if (span?.isRecording()) {
      span.setAttributes(queryAttributes(query))
      if (operationOf(query).text === undefined) this.#callEndHook(span, query)
    }
    this.#spans.end(query)
  }

  #begin(info: CallInfo, above: StepSpan, options: StepSpanOptions, within?: Context): void {
    const span = this.#spans.begin(info, above, options, within)
    if (span !== null) this.#settings.requestHook?.(span, info)
  }

  #optionsOf(info: CallInfo, digest: QueryDigest | null, kind: SpanKind): StepSpanOptions {
    const { spanName, parameters } = this.#settings
    const name = spanName?.(info) ?? nameOf(info, digest)
    const shown = parameterAttributes(info.parameters, parameters)
    return { name, kind, attributes: { ...callAttributes(info, digest), ...shown } }
  }

  #callEndHook(span: Span, info: CallInfo): void {
    const { responseHook, errorHook } = this.#settings
    if (info.error === undefined) responseHook?.(span, info)
    else errorHook?.(span, info.error, info)
  }
}

/** The default span name: the query summary, otherwise the call's kind and database. */
function nameOf(info: CallInfo, digest: QueryDigest | null): string {
  if (digest?.summary) return digest.summary
  const { host, port } = info.driver
  const target = info.database ?? `${host}:${port}`
  if (digest !== null) return target
  return info.database === null ? `neo4j.${operationOf(info).kind}` : `neo4j.${operationOf(info).kind} ${target}`
}

/**
 * The parent context of a query in a transaction: the active one if the caller started a span inside the transaction's trace,
 * otherwise the transaction's. The span that was active when the transaction began does not count: explicit transactions run
 * in its context, and their span belongs between it and the query.
 */
function contextOf(parent: StepSpan): Context {
  const active = context.active()
  const span = trace.getSpan(active)
  if (span === undefined || span === parent.caller) return parent.context
  const here = trace.getSpanContext(parent.context)?.traceId
  return span.spanContext().traceId === here ? active : parent.context
}
