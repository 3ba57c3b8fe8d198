/** Maps each step of the driver to its span, if it has one, and to the context of its child spans. */

import type { StepMessage } from '@boltline/core'
import { type Attributes, type Context, context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { markFailed } from '../conventions/failure.ts'

/** A step in the trace. */
export interface StepSpan {
  /** The parent context of child spans. */
  readonly context: Context
  /** The step's own span; null if it has none. */
  readonly span: Span | null
  /** The span that was active when the API was called. */
  readonly caller: Span | undefined
  /** Whether this step and its children get no spans. */
  readonly suppressed: boolean
}

/** Options of a new span. */
export interface StepSpanOptions {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  /** In ms since the epoch. Default: now. */
  readonly startTime?: number
}

export class SpanRegistry {
  readonly #tracer: () => Tracer
  readonly #steps = new WeakMap<StepMessage, StepSpan>()
  readonly #open = new Set<Span>()

  constructor(tracer: () => Tracer) {
    this.#tracer = tracer
  }

  /** Returns the entry of a step. Undefined if the step started before the instrumentation was enabled. */
  of(message: StepMessage): StepSpan | undefined {
    return this.#steps.get(message)
  }

  /** Returns the parent of a step that has no parent step: the active context. */
  root(requireParentSpan: boolean): StepSpan {
    const active = context.active()
    const caller = trace.getSpan(active)
    return { context: active, span: null, caller, suppressed: requireParentSpan && caller === undefined }
  }

  /** Starts a span for a step, as a child of `above`. Returns null if spans are suppressed there. */
  begin(message: StepMessage, above: StepSpan, options: StepSpanOptions, within = above.context): Span | null {
    if (above.suppressed) {
      this.inherit(message, above)
      return null
    }
    const { name, kind = SpanKind.INTERNAL, attributes, startTime } = options
    const apiOptions = { kind, ...(attributes && { attributes }), ...(startTime !== undefined && { startTime }) }
    const span = this.#tracer().startSpan(name, apiOptions, within)
    this.#open.add(span)
    this.#steps.set(message, { ...above, context: trace.setSpan(within, span), span })
    return span
  }

  /** Registers a step without its own span. Its children become children of `above`. */
  inherit(message: StepMessage, above: StepSpan): void {
    this.#steps.set(message, { ...above, span: null })
  }

  /** Ends the step's span, if it has one. */
  end(message: StepMessage): void {
    const span = this.#steps.get(message)?.span
    if (span === undefined || span === null || !this.#open.delete(span)) return
    if (message.error !== undefined) markFailed(span, message.error)
    span.end()
  }

  /** Ends all open spans. Called after unsubscribing, when the ends of their steps are no longer received. */
  endAll(): void {
    for (const span of this.#open) span.end()
    this.#open.clear()
  }
}
