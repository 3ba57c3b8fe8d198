/** Reads the fields of client messages. A field of another type counts as absent. */

import type { TransactionRequest } from './query-handler.ts'

export type Metadata = Record<string, unknown>

export function mapOf(value: unknown): Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Metadata) : {}
}

/** The database in the last field of ROUTE: a name, or a map from Bolt 4.4 on. */
export function databaseIn(value: unknown): string | null {
  return textOf(value) ?? textOf(mapOf(value)['db'])
}

/** The settings of a transaction in the last field of BEGIN and RUN. */
export function transactionRequest(extra: Metadata, connection: string, user: string | null): TransactionRequest {
  const { bookmarks, db, imp_user, mode, tx_metadata, tx_timeout } = extra
  return {
    connection,
    database: textOf(db),
    mode: mode === 'r' ? 'READ' : 'WRITE',
    bookmarks: Array.isArray(bookmarks) ? bookmarks.map(String) : [],
    timeout: typeof tx_timeout === 'number' ? tx_timeout : null,
    metadata: mapOf(tx_metadata),
    impersonatedUser: textOf(imp_user),
    user,
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
