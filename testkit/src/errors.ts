/** The driver's errors as TestKit reports them. Its assertions name error types, and only in the words of other drivers. */

import { isDriverError, isNeo4jError, isRetryable, type Neo4jError } from '@boltline/core'
import { metadataMapToTestKit } from './cypher-values.ts'
import type { Message } from './wire.ts'

/** A failure of the tests' own code inside a unit of work. */
export class ClientCodeError extends Error {
  override readonly name = 'ClientCodeError'
}

/** Something that the driver does not have was used. */
export class MissingMethodError extends TypeError {
  override readonly name = 'TypeError'
}

/** TestKit's names of our error types where they differ. Other types keep their name. */
const typesByName: Readonly<Record<string, string>> = {
  BoltProtocolError: 'neo4j._exceptions.BoltProtocolError',
  CertificateConfigurationError: 'neo4j.exceptions.ConfigurationError',
  ConnectionAcquisitionTimeoutError: 'neo4j.exceptions.ClientError',
  ParameterError: 'ValueError',
  RangeError: 'ValueError',
  ReadServiceUnavailable: 'neo4j.exceptions.ServiceUnavailable',
  RoutingServiceUnavailable: 'neo4j.exceptions.ServiceUnavailable',
  TypeError: 'AttributeError',
  WriteServiceUnavailable: 'neo4j.exceptions.ServiceUnavailable',
}

/** The same for messages whose text TestKit checks: our words on the left, the words it expects on the right. */
const words: readonly (readonly [RegExp, string])[] = [
  [/needs? Bolt 5\.1 .* speaks Bolt (\d+)\.(\d+)/, 'User switching is not supported for Bolt Protocol Version($1, $2)'],
]

/** The response that reports `error`, which TestKit may refer to by `id` later. */
export function errorResponse(error: unknown, id: number): Message {
  if (error instanceof ClientCodeError) return { name: 'FrontendError', data: { msg: error.message } }
  if (!(error instanceof Error) || !isReported(error)) return backendError(error)
  const server = isNeo4jError(error)
  return {
    name: 'DriverError',
    data: {
      id,
      errorType: `<class '${typesByName[error.name] ?? `neo4j.exceptions.${error.name}`}'>`,
      msg: messageOf(error),
      retryable: isRetryable(error),
      ...(server && { code: error.code, ...gqlParts(error) }),
    },
  }
}

/** The message, and what TestKit would call it. */
function messageOf({ message }: Error): string {
  for (const [ours, theirs] of words) {
    const match = ours.exec(message)
    if (match !== null) return `${message} [${match[0].replace(ours, theirs)}]`
  }
  return message
}

/** A fault of this backend, or a test that it does not understand. */
function backendError(error: unknown): Message {
  const msg = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { name: 'BackendError', data: { msg } }
}

function isReported(error: Error): boolean {
  return (
    isNeo4jError(error) || isDriverError(error) || error instanceof RangeError || error instanceof MissingMethodError
  )
}

function gqlParts(error: Neo4jError): object {
  const { cause, diagnosticRecord } = error
  const raw = diagnosticRecord['_classification']
  return {
    gqlStatus: error.gqlStatus,
    statusDescription: error.gqlStatusDescription,
    classification: error.classification,
    rawClassification: typeof raw === 'string' ? raw : null,
    diagnosticRecord: metadataMapToTestKit(diagnosticRecord),
    cause: isNeo4jError(cause) ? { name: 'GqlError', data: { msg: cause.message, ...gqlParts(cause) } } : null,
  }
}
