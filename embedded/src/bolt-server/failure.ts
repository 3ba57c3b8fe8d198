/** The metadata of FAILURE by Bolt version: the code alone, or with GQL statuses (from Bolt 5.7). */

import type { BoltVersion } from '@boltline/core/codec'
import type { ServerFailure } from './query-handler.ts'

const classifications: Readonly<Record<string, string>> = {
  ClientError: 'CLIENT_ERROR',
  TransientError: 'TRANSIENT_ERROR',
  DatabaseError: 'DATABASE_ERROR',
}

export function failureMetadata(
  version: BoltVersion,
  { code, message, gqlStatus }: ServerFailure,
): Record<string, unknown> {
  if (!version.gqlErrors) return { code, message }
  const classification = classifications[code.split('.')[1] ?? ''] ?? 'UNKNOWN'
  return {
    neo4j_code: code,
    message,
    gql_status: gqlStatus,
    description: `error: ${message}`,
    diagnostic_record: { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/', _classification: classification },
  }
}
