/** Where in the trace each step stands: its span where it has one, and the context for what happens below it. */

import type { StepMessage } from '@boltline/core'
import { type Attributes, type Context, context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { markFailed } from './failure.ts'

/** The place of one step. */
export interface Place {
  /** For what happens below. */
  readonly context: Context
  /** The step's own span; null where it has none. */
  readonly span: Span | null
  /** The span that was active when the call of the API was made. */
  readonly caller: Span | undefined
  /** No spans are made here, nor below. */
  readonly silent: boolean
}

/** A span to be. */
export interface SpanSketch {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  /** In ms since 1970; by default now. */
  readonly startTime?: number
}

export class Places {
  readonly #tracer: () => Tracer
  readonly #places = new WeakMap<StepMessage, Place>()
  readonly #open = new Set<Span>()

  constructor(tracer: () => Tracer) {
    this.#tracer = tracer
  }

  /** Undefined for a step that had begun before anybody listened. */
  of(message: StepMessage): Place | undefined {
    return this.#places.get(message)
  }

  /** The place of a step that belongs to none: below whatever is active. */
  root(requireParentSpan: boolean): Place {
    const active = context.active()
    const caller = trace.getSpan(active)
    return { context: active, span: null, caller, silent: requireParentSpan && caller === undefined }
  }

  /** Makes a span for a step, below `above`. */
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

  /** A step without a span of its own: what happens below it belongs above. */
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

  /** Ends every span, because nobody will hear of the ends of their steps. */
  endAll(): void {
    for (const span of this.#open) span.end()
    this.#open.clear()
  }
}
