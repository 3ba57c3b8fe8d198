/** Writes the trace context to the metadata of a transaction, so that the server's view of a transaction leads to its trace. */

import type { QueryMessage, TransactionMessage } from '@boltline/core'
import { type Context, isSpanContextValid, trace } from '@opentelemetry/api'

/** Adds the trace context to the metadata of a BEGIN or an auto-commit query before it is sent. */
export function addTraceContext(step: TransactionMessage | QueryMessage, context: Context): void {
  const fields = traceContextFields(context)
  if (fields === null) return
  const { metadata } = step
  // The caller's own fields of the same names take precedence.
  if (metadata instanceof Map) step.metadata = new Map([...Object.entries(fields), ...metadata])
  else step.metadata = { ...fields, ...metadata }
}

/** W3C Trace Context, level 1. */
function traceContextFields(context: Context): { readonly [name: string]: string } | null {
  const span = trace.getSpanContext(context)
  if (span === undefined || !isSpanContextValid(span)) return null
  const flags = span.traceFlags.toString(16).padStart(2, '0')
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`
  const tracestate = span.traceState?.serialize() ?? ''
  return tracestate === '' ? { traceparent } : { traceparent, tracestate }
}
