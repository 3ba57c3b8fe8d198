/**
 * Requests as data: a signature and its fields, named as in the Bolt specification. Differences between versions are read from
 * the version's row. Keys with the server's default value are left out.
 */

import { ConfigurationError } from '../errors/index.ts'
import type { Auth } from '../values/auth.ts'
import { authFields } from '../values/auth.ts'
import { type BoltVersion, versionName } from './versions.ts'

export interface Request {
  readonly signature: number
  readonly fields: readonly unknown[]
}

export const signatures = {
  hello: 0x01,
  goodbye: 0x02,
  reset: 0x0f,
  run: 0x10,
  begin: 0x11,
  commit: 0x12,
  rollback: 0x13,
  discard: 0x2f,
  pull: 0x3f,
  telemetry: 0x54,
  route: 0x66,
  logon: 0x6a,
  logoff: 0x6b,
  success: 0x70,
  record: 0x71,
  ignored: 0x7e,
  failure: 0x7f,
} as const

/** A filter on the notifications that the server sends (Bolt 5.2). */
export interface NotificationFilter {
  readonly minimumSeverity?: string | undefined
  readonly disabledCategories?: readonly string[] | undefined
}

/** The settings of a transaction that BEGIN, or RUN of an auto-commit query, sends. */
export interface TransactionSettings {
  readonly bookmarks: readonly string[]
  readonly mode: 'READ' | 'WRITE'
  readonly database: string | null
  readonly impersonatedUser: string | null
  /** Milliseconds; 0: no limit; undefined: the server's default. */
  readonly timeout: number | undefined
  readonly metadata: object | undefined
  readonly filter: NotificationFilter | null
}

/** How the client identifies itself to the server. */
export interface ClientIdentity {
  readonly userAgent: string
  readonly boltAgent: Readonly<Record<string, string>>
}

/** The API by which a transaction was started (TELEMETRY, Bolt 5.4). */
export const telemetryApis = { managed: 0, unmanaged: 1, autoCommit: 2, executeQuery: 3 } as const

export function hello(
  version: BoltVersion,
  client: ClientIdentity,
  routing: Readonly<Record<string, string>> | null,
  auth: Auth,
  filter: NotificationFilter | null,
): Request {
  const extra: Record<string, unknown> = { user_agent: client.userAgent }
  if (version.boltAgent) extra['bolt_agent'] = client.boltAgent
  if (version.utcPatch) extra['patch_bolt'] = ['utc']
  if (routing !== null) extra['routing'] = routing
  if (!version.logon) Object.assign(extra, authFields(auth))
  addFilter(extra, version, filter)
  return { signature: signatures.hello, fields: [extra] }
}

export function logon(auth: Auth): Request {
  return { signature: signatures.logon, fields: [authFields(auth)] }
}

export const logoff: Request = { signature: signatures.logoff, fields: [] }
export const goodbye: Request = { signature: signatures.goodbye, fields: [] }
export const reset: Request = { signature: signatures.reset, fields: [] }
export const commit: Request = { signature: signatures.commit, fields: [] }
export const rollback: Request = { signature: signatures.rollback, fields: [] }

export function telemetry(api: number): Request {
  return { signature: signatures.telemetry, fields: [api] }
}

export function begin(version: BoltVersion, settings: TransactionSettings): Request {
  return { signature: signatures.begin, fields: [transactionExtra(version, settings)] }
}

/** The name in errors of the value in field `index` of a request. */
export function fieldName({ signature }: Request, index: number): string {
  return (signature === signatures.run ? runFields[index] : undefined) ?? 'extra'
}

const runFields = ['query', 'parameters']

/** RUN. Without settings it belongs to the open transaction. */
export function run(
  version: BoltVersion,
  query: string,
  parameters: unknown,
  settings: TransactionSettings | null,
): Request {
  const extra = settings === null ? nothing : transactionExtra(version, settings)
  return { signature: signatures.run, fields: [query, parameters, extra] }
}

/** PULL `n` records (−1: all) of the query `qid` (−1: the last one). */
export function pull(n: number, qid: number): Request {
  if (qid === -1 && n === -1) return pullAll
  return { signature: signatures.pull, fields: [streamExtra(n, qid)] }
}

/** DISCARD `n` records (−1: all) of the query `qid` (−1: the last one). */
export function discard(n: number, qid: number): Request {
  return { signature: signatures.discard, fields: [streamExtra(n, qid)] }
}

/** ROUTE (Bolt 4.3). Older servers are asked by `routingProcedure`. */
export function route(
  version: BoltVersion,
  context: Readonly<Record<string, string>>,
  bookmarks: readonly string[],
  database: string | null,
  impersonatedUser: string | null,
): Request {
  assertImpersonation(version, impersonatedUser)
  if (version.route === 'database') return { signature: signatures.route, fields: [context, bookmarks, database] }
  const extra: Record<string, string> = {}
  if (database !== null) extra['db'] = database
  if (impersonatedUser !== null) extra['imp_user'] = impersonatedUser
  return { signature: signatures.route, fields: [context, bookmarks, extra] }
}

const nothing = {}
const pullAll: Request = { signature: signatures.pull, fields: [{ n: -1 }] }

function streamExtra(n: number, qid: number): Record<string, number> {
  return qid === -1 ? { n } : { n, qid }
}

function transactionExtra(version: BoltVersion, settings: TransactionSettings): Record<string, unknown> {
  const extra: Record<string, unknown> = {}
  if (settings.mode === 'READ') extra['mode'] = 'r'
  if (settings.database !== null) extra['db'] = settings.database
  if (settings.bookmarks.length > 0) extra['bookmarks'] = settings.bookmarks
  if (settings.metadata !== undefined) extra['tx_metadata'] = settings.metadata
  if (settings.timeout !== undefined) extra['tx_timeout'] = settings.timeout
  if (settings.impersonatedUser !== null) {
    assertImpersonation(version, settings.impersonatedUser)
    extra['imp_user'] = settings.impersonatedUser
  }
  if (settings.filter !== null) addFilter(extra, version, settings.filter)
  return extra
}

function addFilter(extra: Record<string, unknown>, version: BoltVersion, filter: NotificationFilter | null): void {
  if (filter === null) return
  const { minimumSeverity, disabledCategories } = filter
  if (minimumSeverity === undefined && disabledCategories === undefined) return
  if (version.filterKey === null) {
    throw new ConfigurationError(
      `notificationsMinSeverity and notificationsDisabledCategories need Bolt 5.2 (Neo4j 5.7) or newer; the server speaks Bolt ${versionName(version)}. Remove the setting or use a newer server`,
    )
  }
  if (minimumSeverity !== undefined) extra['notifications_minimum_severity'] = minimumSeverity
  if (disabledCategories !== undefined) extra[version.filterKey] = disabledCategories
}

/** @throws ConfigurationError if the server is too old for `impersonatedUser` */
export function assertImpersonation(version: BoltVersion, impersonatedUser: string | null): void {
  if (impersonatedUser === null || version.impersonation) return
  throw new ConfigurationError(
    `impersonatedUser ${JSON.stringify(impersonatedUser)} needs Bolt 4.4 (Neo4j 4.4) or newer; the server speaks Bolt ${versionName(version)}. Remove the setting or use a newer server`,
  )
}
