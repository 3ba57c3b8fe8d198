import { ConfigurationError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'

/**
 * Which cluster members a query may go to. Every place that takes a mode also takes the plain string.
 *
 * @example
 * ```ts
 * await driver.executeQuery('MATCH (n) RETURN n', {}, { routing: RoutingControl.READ }) // or just 'READ'
 * ```
 */
export const RoutingControl = Object.freeze({ READ: 'READ', WRITE: 'WRITE' } as const)
export type RoutingControl = (typeof RoutingControl)[keyof typeof RoutingControl]

/** Whether transactions read or write, which decides to which cluster members they are routed. */
export type AccessMode = 'READ' | 'WRITE'

/** Every spelling of a mode that is accepted. */
export type AccessModeInput = AccessMode | 'r' | 'w'

/** The access mode of sessions that only read. */
export const READ_ACCESS = 'READ'
/** The access mode of sessions that write. The default. */
export const WRITE_ACCESS = 'WRITE'
/** Stands for the database the server chooses: the user's home database. */
export const DEFAULT_DATABASE = null

/** The least severe notifications the server is to send; a filter of drivers and sessions. */
export const NotificationMinimumSeverity = Object.freeze({
  OFF: 'OFF',
  WARNING: 'WARNING',
  INFORMATION: 'INFORMATION',
} as const)
export type NotificationMinimumSeverity = (typeof NotificationMinimumSeverity)[keyof typeof NotificationMinimumSeverity]

/**
 * Categories of notifications that the server is not to send; a filter of drivers and sessions. Servers know `SECURITY`, `TOPOLOGY`
 * and `SCHEMA` only from 5.13 on or later.
 */
export const NotificationDisabledCategory = Object.freeze({
  HINT: 'HINT',
  UNRECOGNIZED: 'UNRECOGNIZED',
  UNSUPPORTED: 'UNSUPPORTED',
  PERFORMANCE: 'PERFORMANCE',
  DEPRECATION: 'DEPRECATION',
  GENERIC: 'GENERIC',
  SECURITY: 'SECURITY',
  TOPOLOGY: 'TOPOLOGY',
  SCHEMA: 'SCHEMA',
} as const)
export type NotificationDisabledCategory =
  (typeof NotificationDisabledCategory)[keyof typeof NotificationDisabledCategory]

/** How severe a notification of the server is; `UNKNOWN` when the server says something this driver does not know. */
export const NotificationSeverity = Object.freeze({
  WARNING: 'WARNING',
  INFORMATION: 'INFORMATION',
  UNKNOWN: 'UNKNOWN',
} as const)
export type NotificationSeverity = (typeof NotificationSeverity)[keyof typeof NotificationSeverity]

/** What a notification of the server is about; `UNKNOWN` when the server says something this driver does not know, or nothing. */
export const NotificationCategory = Object.freeze({
  ...NotificationDisabledCategory,
  UNKNOWN: 'UNKNOWN',
} as const)
export type NotificationCategory = (typeof NotificationCategory)[keyof typeof NotificationCategory]

const MODES: ReadonlyMap<unknown, AccessMode> = new Map([
  ['READ', 'READ'],
  ['r', 'READ'],
  ['WRITE', 'WRITE'],
  ['w', 'WRITE'],
])

/** The mode that `value` spells; `setting` is what the error calls it. */
export function toAccessMode(value: unknown, setting: string): AccessMode {
  const mode = MODES.get(value)
  if (mode !== undefined) return mode
  const shown = typeof value === 'string' ? JSON.stringify(value) : found(value)
  throw new ConfigurationError(`${setting} must be 'READ' or 'WRITE' ('r' and 'w' will do), found ${shown}`)
}
