/**
 * The driver's log. Every driver has five loggers; a line goes to the `logger` of the driver's config and to the process-wide
 * watchers (watcher.ts). Lines are for debugging: they hold no credentials and no parameter values, and their wording may change
 * at any time. This folder depends on none that writes log lines, and a failing logger never makes a query fail.
 */

import { redacted } from '../errors/redact.ts'
import { oneLine } from './one-line.ts'

/** The log levels, least severe first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** The severity of a log line. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The loggers, root first. A watcher of the root shows the lines of all loggers. */
export const LOGGER_NAMES = [
  'boltline',
  'boltline.io',
  'boltline.pool',
  'boltline.auth_management',
  'boltline.notifications',
] as const
/**
 * The name of a logger: `boltline` (drivers, sessions, transactions), `boltline.io` (network and messages), `boltline.pool`
 * (connection pool and routing), `boltline.auth_management` (auth managers), `boltline.notifications` (what servers notify).
 */
export type LoggerName = (typeof LOGGER_NAMES)[number]

/**
 * The type of the driver's setting `logger`; `console` and pino loggers conform to it. The driver calls each method with one
 * string, which starts with the logger's name.
 */
export interface Logger {
  debug(message: string): unknown
  info(message: string): unknown
  warn(message: string): unknown
  error(message: string): unknown
  /** Optional (pino and winston have it): if it returns false for a level, the driver does not build lines of that level. */
  isLevelEnabled?(level: LogLevel): boolean
}

/** One line on its way to a watcher. */
export interface LogLine {
  readonly name: LoggerName
  readonly level: LogLevel
  readonly message: string
}

/** A receiver of the log lines of all drivers in the process. */
export interface LogSink {
  /** The least severe level to receive from this logger; undefined: no lines of it. */
  levelFor(name: LoggerName): LogLevel | undefined
  receive(line: LogLine): void
}

/** Levels as numbers, so that `Log.enabled` is one comparison. */
export const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>
/** Above every severity: no sink wants lines of the logger. */
const NO_SINK = 4

/** The least severity that any sink wants of a logger; shared by the loggers of all drivers. */
interface Gate {
  lowest: number
}

const gates = Object.fromEntries(LOGGER_NAMES.map((name) => [name, { lowest: NO_SINK }])) as Record<LoggerName, Gate>
const sinks = new Set<LogSink>()

/** Sends the lines of every driver in the process to `sink`; adding it again only updates the levels that it wants. */
export function addSink(sink: LogSink): void {
  sinks.add(sink)
  setGates()
}

/** Stops what {@link addSink} started. */
export function removeSink(sink: LogSink): void {
  sinks.delete(sink)
  setGates()
}

function setGates(): void {
  for (const name of LOGGER_NAMES) {
    const wanted = [...sinks].map((sink) => sink.levelFor(name)).filter((level) => level !== undefined)
    gates[name].lowest = Math.min(NO_SINK, ...wanted.map((level) => SEVERITY[level]))
  }
}

/** One logger of one driver. Callers on a hot path check `enabled` before they build a message. */
export class Log {
  readonly name: LoggerName
  readonly #gate: Gate
  readonly #logger: Logger | undefined
  readonly #redact: boolean

  /** @param redact - whether values that server messages quote are removed from lines */
  constructor(name: LoggerName, logger?: Logger, redact = false) {
    this.name = name
    this.#gate = gates[name]
    this.#logger = logger
    this.#redact = redact
  }

  /** Whether the driver's logger or a watcher wants lines of this level. */
  enabled(level: LogLevel): boolean {
    return SEVERITY[level] >= this.#gate.lowest || (this.#logger !== undefined && wants(this.#logger, level))
  }

  /** Steps of normal operation. `own`: the text holds nothing from a server, so it needs no redaction. */
  debug(message: string, own = false): void {
    this.#write('debug', message, own)
  }

  /** A notable event that is no error. */
  info(message: string): void {
    this.#write('info', message)
  }

  /** An error from which the driver recovered. */
  warn(message: string): void {
    this.#write('warn', message)
  }

  /** An error from which the driver could not recover; the caller gets an error too. */
  error(message: string): void {
    this.#write('error', message)
  }

  #write(level: LogLevel, text: string, own = false): void {
    // Many lines contain text from servers.
    const message = oneLine(this.#redact && !own ? redacted(text) : text)
    if (SEVERITY[level] >= this.#gate.lowest) this.#toSinks({ name: this.name, level, message })
    const logger = this.#logger
    if (logger !== undefined) writeTo(logger, level, () => `${this.name}: ${message}`)
  }

  #toSinks(line: LogLine): void {
    for (const sink of sinks) {
      const least = sink.levelFor(line.name)
      if (least !== undefined && SEVERITY[line.level] >= SEVERITY[least]) guarded(sink, () => sink.receive(line))
    }
  }
}

/** The loggers of one driver. */
export interface Logs {
  readonly driver: Log
  readonly io: Log
  readonly pool: Log
  readonly auth: Log
  readonly notifications: Log
}

/** Makes the loggers of one driver, which write to its `logger` (if any) and to the process-wide watchers. */
export function createLogs(logger?: Logger, redact = false): Logs {
  return Object.freeze({
    driver: new Log('boltline', logger, redact),
    io: new Log('boltline.io', logger, redact),
    pool: new Log('boltline.pool', logger, redact),
    auth: new Log('boltline.auth_management', logger, redact),
    notifications: new Log('boltline.notifications', logger, redact),
  })
}

function wants(logger: Logger, level: LogLevel): boolean {
  if (logger.isLevelEnabled === undefined) return true
  return guarded(logger, () => logger.isLevelEnabled?.(level)) !== false
}

const reported = new WeakSet<object>()

/** Writes a line to the caller's logger if the logger wants this level. Neither throws nor rejects. */
export function writeTo(logger: Logger, level: LogLevel, line: () => string): void {
  if (wants(logger, level)) guarded(logger, () => logger[level](line()))
}

/** Runs the caller's code. Reports what it throws or rejects with, once per logger, and does not rethrow it. */
function guarded(owner: object, write: () => unknown): unknown {
  try {
    const outcome = write()
    // A logger may return a promise of any kind.
    if (typeof (outcome as { then?: unknown } | null | undefined)?.then === 'function') {
      Promise.resolve(outcome).catch((error: unknown) => reportOnce(owner, error))
    }
    return outcome
  } catch (error) {
    reportOnce(owner, error)
    return undefined
  }
}

function reportOnce(owner: object, error: unknown): void {
  if (reported.has(owner)) return
  reported.add(owner)
  const reason = error instanceof Error ? error.message : typeof error === 'string' ? error : typeof error
  process.emitWarning(
    `A log line could not be written, because the logger or output given to the driver threw: ${reason}`,
    {
      code: 'BOLTLINE_LOGGER',
    },
  )
}
