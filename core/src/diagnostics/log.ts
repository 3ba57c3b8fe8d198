/**
 * The driver's log. Every driver has five loggers; a line goes to the `logger` of its config and to the watchers of the
 * process (watcher.ts). Lines are for people who look for a fault: they hold no credentials and no parameter values, and
 * their wording may change at any time. Must not know what it reports on; must never make a query fail.
 */

import { redacted } from '../errors/redact.ts'
import { oneLine } from './one-line.ts'

/** The log levels, least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** How important a log line is. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The loggers, root first. Watching the root shows them all. */
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
 * Where a driver's log lines may go: the `logger` of the driver config. `console` fits, so does a pino logger. Each method
 * gets exactly one string, which starts with the logger's name.
 */
export interface Logger {
  debug(message: string): unknown
  info(message: string): unknown
  warn(message: string): unknown
  error(message: string): unknown
  /** Where present (pino and winston have it) it is asked first, so that lines nobody wants are never put together. */
  isLevelEnabled?(level: LogLevel): boolean
}

/** One line on its way to a watcher. */
export interface LogLine {
  readonly name: LoggerName
  readonly level: LogLevel
  readonly message: string
}

/** Something that wants to see lines of the whole process. */
export interface LogSink {
  /** The least important level it wants of this logger, or undefined when it does not want that logger at all. */
  levelFor(name: LoggerName): LogLevel | undefined
  receive(line: LogLine): void
}

/** Levels as numbers, so that asking whether anybody listens is one comparison. */
export const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>
const NOBODY = 4

/** For each logger the least severity that some sink wants; shared by the loggers of all drivers. */
interface Gate {
  lowest: number
}

const gates = Object.fromEntries(LOGGER_NAMES.map((name) => [name, { lowest: NOBODY }])) as Record<LoggerName, Gate>
const sinks = new Set<LogSink>()

/** Lets `sink` see the lines of every driver in the process; adding it again only looks anew at the levels it wants. */
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
    gates[name].lowest = Math.min(NOBODY, ...wanted.map((level) => SEVERITY[level]))
  }
}

/** One logger of one driver. Callers on a hot path ask `enabled` before they build a message. */
export class Log {
  readonly name: LoggerName
  readonly #gate: Gate
  readonly #logger: Logger | undefined
  readonly #redact: boolean

  /** @param redact - whether lines are written without the values that servers quote */
  constructor(name: LoggerName, logger?: Logger, redact = false) {
    this.name = name
    this.#gate = gates[name]
    this.#logger = logger
    this.#redact = redact
  }

  /** Whether anybody wants lines of this level. */
  enabled(level: LogLevel): boolean {
    return SEVERITY[level] >= this.#gate.lowest || (this.#logger !== undefined && wants(this.#logger, level))
  }

  /** Steps of ordinary work. `own`: nothing of it was said by a server. */
  debug(message: string, own = false): void {
    this.#write('debug', message, own)
  }

  /** Something worth knowing that is no fault. */
  info(message: string): void {
    this.#write('info', message)
  }

  /** A fault the driver has coped with. */
  warn(message: string): void {
    this.#write('warn', message)
  }

  /** A fault the driver could not cope with; the caller hears of it by an error too. */
  error(message: string): void {
    this.#write('error', message)
  }

  #write(level: LogLevel, text: string, own = false): void {
    // What servers say of themselves and of queries is in many lines.
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

/** Makes the loggers of one driver, which write to its own `logger` (if any) and to the watchers of the process. */
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

/** Writes a line to a user's logger, if the logger wants lines of this level. Neither throws nor rejects. */
export function writeTo(logger: Logger, level: LogLevel, line: () => string): void {
  if (wants(logger, level)) guarded(logger, () => logger[level](line()))
}

/** Runs a user's code; what it throws or rejects is reported once per logger and goes no further. */
function guarded(owner: object, write: () => unknown): unknown {
  try {
    const outcome = write()
    // A logger may be asynchronous, by whatever kind of promise.
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
