/** Maps each step of the driver to its position in the trace: its span, if it has one, and the context for its child spans. */

import type { StepMessage } from '@boltline/core'
import { type Attributes, type Context, context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { markFailed } from './failure.ts'

/** The position of one step in the trace. */
export interface Place {
  /** The parent context of child spans. */
  readonly context: Context
  /** The step's own span; null if it has none. */
  readonly span: Span | null
  /** The span that was active when the API was called. */
  readonly caller: Span | undefined
  /** Whether spans are suppressed for this step and its children. */
  readonly silent: boolean
}

/** Settings of a new span. */
export interface SpanSketch {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  /** In ms since the epoch. Default: now. */
  readonly startTime?: number
}

export class Places {
  readonly #tracer: () => Tracer
  readonly #places = new WeakMap<StepMessage, Place>()
  readonly #open = new Set<Span>()

  constructor(tracer: () => Tracer) {
    this.#tracer = tracer
  }

  /** Returns a step's place. Undefined if the step started before the instrumentation was enabled. */
  of(message: StepMessage): Place | undefined {
    return this.#places.get(message)
  }

  /** Returns the place above a step without a parent step: the active context. */
  root(requireParentSpan: boolean): Place {
    const active = context.active()
    const caller = trace.getSpan(active)
    return { context: active, span: null, caller, silent: requireParentSpan && caller === undefined }
  }

  /** Starts a span for a step, as a child of `above`. Returns null if spans are suppressed there. */
  begin(message: StepMessage, above: Place, sketch: SpanSketch, within = above.context): Span | null {
    if (above.silent) {
      this.inherit(message, above)
      return null
    }
    const { name, kind = SpanKind.INTERNAL, attributes, startTime } = sketch
    const options = { kind, ...(attributes && { attributes }), ...(startTime !== undefined && { startTime }) }
    const span = this.#tracer().startSpan(name, options, within)
    this.#open.add(span)
    this.#places.set(message, { ...above, context: trace.setSpan(within, span), span })
    return span
  }

  /** Registers a step without its own span. Its children become children of `above`. */
  inherit(message: StepMessage, above: Place): void {
    this.#places.set(message, { ...above, span: null })
  }

  /** Ends the step's span, if it has one. */
  end(message: StepMessage): void {
    const span = this.#places.get(message)?.span
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
