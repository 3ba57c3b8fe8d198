/** A server span for every request: a small stand-in for an HTTP instrumentation, so that the traces begin where they do in life. */

import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { NextFunction, Request, Response } from 'express'

/** @param service - the name under which the spans appear */
export function tracedRequests(service: string) {
  const tracer = trace.getTracer(service)
  return (request: Request, response: Response, next: NextFunction) => {
    const caller = propagation.extract(context.active(), request.headers)
    const span = tracer.startSpan(
      `${request.method} ${request.path}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method, 'url.path': request.path } },
      caller,
    )
    response.on('close', () => {
      span.setAttribute('http.response.status_code', response.statusCode)
      if (!response.writableFinished) span.setStatus({ code: SpanStatusCode.ERROR, message: 'the client has gone' })
      else if (response.statusCode >= 500)
        span.setStatus({ code: SpanStatusCode.ERROR, message: `status ${response.statusCode}` })
      span.end()
    })
    context.with(trace.setSpan(caller, span), next)
  }
}
