/** Spans of API calls, and of the queries inside transactions. */

import type { OperationMessage, QueryMessage } from '@boltline/core'
import { type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api'
import { callAttributes, operationOf, parameterAttributes, queryAttributes, serverAttributes } from './attributes.ts'
import type { Digests, QueryDigest } from './cypher/digest.ts'
import type { CallInfo, Settings } from './options.ts'
import type { Place, Places, SpanSketch } from './places.ts'
import { ownAttributes, spanNames } from './semconv.ts'

export class CallSpans {
  readonly #settings: Settings
  readonly #places: Places
  readonly #digests: Digests
  readonly #ignored: (info: CallInfo) => boolean

  constructor(settings: Settings, places: Places, digests: Digests, ignored: (info: CallInfo) => boolean) {
    this.#settings = settings
    this.#places = places
    this.#digests = digests
    this.#ignored = ignored
  }

  operationStarted(operation: OperationMessage): void {
    const above = this.#places.root(this.#settings.requireParentSpan)
    const place = this.#ignored(operation) ? { ...above, silent: true } : above
    const digest = operation.text === undefined ? null : this.#digests.of(operation.text)
    // Only queries are database calls (CLIENT). As CLIENT spans, transactions would count their queries twice.
    const kind = digest === null ? SpanKind.INTERNAL : SpanKind.CLIENT
    this.#begin(operation, place, this.#sketch(operation, digest, kind))
    const inside = this.#places.of(operation)
    if (inside !== undefined && !inside.silent) operation.runInside((work) => context.with(inside.context, work))
  }

  operationEnded(operation: OperationMessage): void {
    const span = this.#places.of(operation)?.span
    if (span?.isRecording()) {
      if (operation.query !== null) span.setAttributes(queryAttributes(operation.query))
      if (operation.attempts > 1) span.setAttribute(ownAttributes.attempts, operation.attempts)
      if (operation.outcome !== undefined) span.setAttribute(ownAttributes.outcome, operation.outcome)
      this.#tellEnd(span, operation)
    }
    this.#places.end(operation)
  }

  queryStarted(query: QueryMessage): void {
    const above = this.#places.of(query.parent)
    if (above === undefined) return
    // executeQuery and session.run have one span for call and query.
    if (operationOf(query).text !== undefined) {
      const attributes = serverAttributes(query.driver)
      if (this.#settings.detail === 'message') this.#places.begin(query, above, { name: spanNames.query, attributes })
      else this.#places.inherit(query, above)
      return
    }
    const place = this.#ignored(query) ? { ...above, silent: true } : above
    const digest = this.#digests.of(query.text)
    this.#begin(query, place, this.#sketch(query, digest, SpanKind.CLIENT), contextOf(place))
  }

  queryEnded(query: QueryMessage): void {
    const span = this.#places.of(query)?.span
    if (span?.isRecording()) {
      span.setAttributes(queryAttributes(query))
      if (operationOf(query).text === undefined) this.#tellEnd(span, query)
    }
    this.#places.end(query)
  }

  #begin(info: CallInfo, above: Place, sketch: SpanSketch, within?: Context): void {
    const span = this.#places.begin(info, above, sketch, within)
    if (span !== null) this.#settings.requestHook?.(span, info)
  }

  #sketch(info: CallInfo, digest: QueryDigest | null, kind: SpanKind): SpanSketch {
    const { spanName, parameters } = this.#settings
    const name = spanName?.(info) ?? nameOf(info, digest)
    const shown = parameterAttributes(info.parameters, parameters)
    return { name, kind, attributes: { ...callAttributes(info, digest), ...shown } }
  }

  #tellEnd(span: Span, info: CallInfo): void {
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
function contextOf(place: Place): Context {
  const active = context.active()
  const span = trace.getSpan(active)
  if (span === undefined || span === place.caller) return place.context
  const here = trace.getSpanContext(place.context)?.traceId
  return span.spanContext().traceId === here ? active : place.context
}
