import { isDriverError, isNeo4jError } from '@boltline/core'
import { shownMessage } from '@boltline/core/options'
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api'
import { attributes, OTHER, ownAttributes } from './semconv.ts'

/** A failure as spans and metrics describe it. */
export interface Failure {
  readonly type: string
  /** The server's error code; undefined if the failure did not come from a server. */
  readonly statusCode: string | undefined
  readonly gqlStatus: string | undefined
  /** Description for the span status. It contains no server message, because those may quote values. */
  readonly description: string
}

export function failureOf(error: unknown): Failure {
  if (isNeo4jError(error)) {
    const { code, gqlStatus, name } = error
    const statusCode = code ?? gqlStatus ?? undefined
    const description = [
      name,
      ...(code === null ? [] : [code]),
      ...(gqlStatus === null ? [] : [`GQL status ${gqlStatus}`]),
    ]
    return {
      type: statusCode ?? name,
      statusCode,
      gqlStatus: gqlStatus ?? undefined,
      description: description.join(', '),
    }
  }
  const type = error instanceof Error && error.name !== '' ? error.name : OTHER
  const description = isDriverError(error) ? shownMessage(error) : type
  return { type, statusCode: undefined, gqlStatus: undefined, description }
}

/** The attributes of a failure. */
export function failureAttributes({ type, statusCode }: Failure): Attributes {
  return statusCode === undefined
    ? { [attributes.errorType]: type }
    : { [attributes.errorType]: type, [attributes.statusCode]: statusCode }
}

/** Marks a span as failed. */
export function markFailed(span: Span, error: unknown): void {
  const failure = failureOf(error)
  span.setAttributes(failureAttributes(failure))
  if (failure.gqlStatus !== undefined) span.setAttribute(ownAttributes.gqlStatus, failure.gqlStatus)
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.description })
}
