import type { TransactionSettings } from '../bolt/requests.ts'
import type { CallObserver } from '../diagnostics/observer.ts'
import type { Abortable } from '../time/on-abort.ts'
import type { IntegerMode } from '../values/integer.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import type { SessionBookmarks } from './session-bookmarks.ts'
import type { Telemetry } from './telemetry.ts'

/** What a transaction or an auto-commit query takes from its session and its call. */
export interface UnitOptions {
  readonly settings: TransactionSettings
  readonly fetchSize: number
  readonly integers: IntegerMode
  readonly bookmarks: SessionBookmarks
  readonly telemetry: Telemetry
  readonly signal: Abortable | undefined
  /** How long the server may take to catch up with the bookmarks, in ms. */
  readonly bookmarkTimeout: number
  /** How long a rollback waits for the server, in ms. */
  readonly rollbackTimeout: number
  readonly host: ConnectionOwner
  /** The call or attempt that the transaction or query belongs to. */
  readonly observer: CallObserver
}
