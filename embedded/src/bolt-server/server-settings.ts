import type { QueryHandler } from './query-handler.ts'

/** The settings and state that all connections of one server share. */
export interface ServerSettings {
  readonly agent: string
  readonly handler: QueryHandler
  /** The accepted credentials; null accepts all clients. */
  readonly auth: { readonly user: string; readonly password: string } | null
  readonly hints: Readonly<Record<string, unknown>>
  readonly maxMessageBytes: number
  readonly maxTransactions: number
  readonly loginTimeout: number
  /** The address in routing tables when the client names none. */
  readonly address: () => string
  /** The number of open transactions of all connections. */
  readonly transactions: { open: number }
  readonly nextBookmark: () => string
}
