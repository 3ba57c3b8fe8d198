/**
 * Warnings for developers, emitted by `process.emitWarning`: filter them with Node's own means (`--disable-warning=CODE`,
 * `process.on('warning', …)`). Each driver emits the same text once.
 */
import { nameErrorClass } from '../errors/error-class.ts'
import { redacted } from '../errors/redact.ts'
import { oneLine } from './one-line.ts'

/** The part of a server's notification that a warning shows. */
export interface WarningNotification {
  readonly code: string
  readonly title: string
  readonly description: string
  readonly severityLevel: string
  readonly category: string
  readonly position: { readonly line: number; readonly column: number; readonly offset: number } | null
}

/** The `code` of every warning of this package, as Node's `--disable-warning` takes it. */
export type WarningCode =
  | 'BOLTLINE_NOTIFICATION'
  | 'BOLTLINE_DEPRECATION'
  | 'BOLTLINE_PREVIEW'
  | 'BOLTLINE_RESULT'
  | 'BOLTLINE_RESOURCE'
  | 'BOLTLINE_SECURITY'

/** The base class of all warnings of this package. */
export abstract class BoltlineWarning extends Error {
  /** Stable, for filtering. */
  abstract get code(): WarningCode
}

/**
 * The server sent a notification about a query. Which ones are turned into warnings is the driver's setting
 * `warnNotificationSeverity` (default: none).
 */
export class Neo4jWarning extends BoltlineWarning {
  static {
    nameErrorClass(Neo4jWarning, 'Neo4jWarning')
  }

  /** The notification that led to the warning. */
  readonly notification: WarningNotification
  /** The text of the query it was sent for, if known. */
  readonly query: string | undefined

  constructor(notification: WarningNotification, query?: string) {
    super(describe(notification, query))
    this.notification = notification
    this.query = query
  }

  get code(): WarningCode {
    return 'BOLTLINE_NOTIFICATION'
  }

  /** The same warning without the values that the server quotes. */
  redacted(): Neo4jWarning {
    const { title, description } = this.notification
    const notification = { ...this.notification, title: redacted(title), description: redacted(description) }
    return notificationWarning(notification, this.query)
  }
}

/** The server sent a notification that a query uses a deprecated feature. */
export class Neo4jDeprecationWarning extends Neo4jWarning {
  static {
    nameErrorClass(Neo4jDeprecationWarning, 'Neo4jDeprecationWarning')
  }

  override get code(): WarningCode {
    return 'BOLTLINE_DEPRECATION'
  }
}

/** A feature was used whose interface may still change. */
export class PreviewWarning extends BoltlineWarning {
  static {
    nameErrorClass(PreviewWarning, 'PreviewWarning')
  }

  get code(): WarningCode {
    return 'BOLTLINE_PREVIEW'
  }
}

/** `single()` found several records and returned the first. */
export class ResultWarning extends BoltlineWarning {
  static {
    nameErrorClass(ResultWarning, 'ResultWarning')
  }

  get code(): WarningCode {
    return 'BOLTLINE_RESULT'
  }
}

/** A driver or session was dropped without `close()`. */
export class ResourceWarning extends BoltlineWarning {
  static {
    nameErrorClass(ResourceWarning, 'ResourceWarning')
  }

  get code(): WarningCode {
    return 'BOLTLINE_RESOURCE'
  }
}

/** A setting weakens security: the driver accepts every certificate. */
export class SecurityWarning extends BoltlineWarning {
  static {
    nameErrorClass(SecurityWarning, 'SecurityWarning')
  }

  get code(): WarningCode {
    return 'BOLTLINE_SECURITY'
  }
}

/** The warning that fits the category of `notification`. */
export function notificationWarning(notification: WarningNotification, query?: string): Neo4jWarning {
  return notification.category === 'DEPRECATION'
    ? new Neo4jDeprecationWarning(notification, query)
    : new Neo4jWarning(notification, query)
}

/**
 * `process.emitWarning`, which refuses an error of another realm: Jest runs tests and the driver in a realm that has an `Error` of
 * its own. Listeners then get an error of Node with the same name, code and message.
 */
export function emitWarning(warning: BoltlineWarning): void {
  try {
    process.emitWarning(warning)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_ARG_TYPE') throw error
    process.emitWarning(warning.message, { type: warning.name, code: warning.code })
  }
}

/** How many texts are kept: bounds the memory of a driver that runs for months. */
const MOST_REMEMBERED = 1000

/** The warnings of one driver. */
export class Warnings {
  readonly #said = new Set<string>()
  readonly #redact: boolean

  /** @param redact - whether values that servers quote are removed from warnings about notifications */
  constructor(redact = false) {
    this.#redact = redact
  }

  /** Emits `warning` unless this driver has emitted the same text before. */
  emit(given: BoltlineWarning): void {
    const warning = this.#redact && given instanceof Neo4jWarning ? given.redacted() : given
    const text = `${warning.code} ${warning.message}`
    if (this.#said.has(text)) return
    if (this.#said.size >= MOST_REMEMBERED) this.#said.clear()
    this.#said.add(text)
    emitWarning(warning)
  }
}

function describe(notification: WarningNotification, query: string | undefined): string {
  const { severityLevel, code, title, description, position } = notification
  const headline = oneLine(
    `${severityLevel} notification ${code}: ${title}${description === '' ? '' : ` - ${description}`}`,
  )
  if (query === undefined) return headline
  return `${headline}\nfor query: ${query}${position === null ? '' : ` (line ${position.line}, column ${position.column})`}`
}
