/**
 * The features of each Bolt version, as data: a row names a version and what it adds to the row before.
 *
 * Handshake, requests, hydration and packing read the row of their connection. A new version is a new row, and perhaps
 * a new column. Neo4j withdrew 5.5; no server speaks it.
 */

import type { WireFeatures } from '../hydration/features.ts'

export interface BoltVersion extends WireFeatures {
  /** How a routing table is requested: by a procedure (up to 4.2), ROUTE with a database (4.3), ROUTE with a map (4.4). */
  readonly route: 'procedure' | 'database' | 'map'
  /** `imp_user` is understood, and ROUTE answers with the home database's name (4.4). */
  readonly impersonation: boolean
  /** HELLO may ask for UTC date-times by `patch_bolt` (4.3, 4.4). */
  readonly utcPatch: boolean
  /** Authentication has messages of its own, LOGON and LOGOFF (5.1). */
  readonly logon: boolean
  /** The key under which notifications are filtered by category (5.2), by classification (5.6); null: no filter. */
  readonly filterKey: 'notifications_disabled_categories' | 'notifications_disabled_classifications' | null
  /** HELLO names the driver under `bolt_agent` (5.3). */
  readonly boltAgent: boolean
  /** TELEMETRY exists (5.4). */
  readonly telemetry: boolean
  /** Summaries carry GQL statuses (5.6). */
  readonly gqlStatuses: boolean
  /** FAILURE carries GQL statuses (5.7). */
  readonly gqlErrors: boolean
  /** Replies to BEGIN and RUN name the database that was resolved (5.8). */
  readonly homeDatabaseInReply: boolean
}

const first: BoltVersion = {
  major: 4,
  minor: 1,
  route: 'procedure',
  impersonation: false,
  utcPatch: false,
  utc: false,
  elementIds: false,
  logon: false,
  filterKey: null,
  boltAgent: false,
  telemetry: false,
  gqlStatuses: false,
  gqlErrors: false,
  homeDatabaseInReply: false,
  vectors: false,
  uuids: false,
}

const steps: readonly (readonly [major: number, minor: number, brings: Partial<BoltVersion>])[] = [
  [4, 1, {}],
  [4, 2, {}],
  [4, 3, { route: 'database', utcPatch: true }],
  [4, 4, { route: 'map', impersonation: true }],
  [5, 0, { utcPatch: false, utc: true, elementIds: true }],
  [5, 1, { logon: true }],
  [5, 2, { filterKey: 'notifications_disabled_categories' }],
  [5, 3, { boltAgent: true }],
  [5, 4, { telemetry: true }],
  [5, 6, { gqlStatuses: true, filterKey: 'notifications_disabled_classifications' }],
  [5, 7, { gqlErrors: true }],
  [5, 8, { homeDatabaseInReply: true }],
  [6, 0, { vectors: true }],
  [6, 1, { uuids: true }],
]

/** All versions that this driver speaks, oldest first. */
export const boltVersions: readonly BoltVersion[] = steps.reduce<BoltVersion[]>((rows, [major, minor, brings]) => {
  rows.push(Object.freeze({ ...(rows.at(-1) ?? first), ...brings, major, minor }))
  return rows
}, [])

/** The version as text: `5.8`. */
export function versionName(version: { readonly major: number; readonly minor: number }): string {
  return `${version.major}.${version.minor}`
}

export function findVersion(major: number, minor: number): BoltVersion | undefined {
  return boltVersions.find((row) => row.major === major && row.minor === minor)
}
