import { ConfigurationError } from '../errors/index.ts'
import {
  addSink,
  LOG_LEVELS,
  LOGGER_NAMES,
  type LoggerName,
  type LogLevel,
  type LogLine,
  type LogSink,
  removeSink,
} from './log.ts'

/** The output of a watcher: an object with a `write` method that takes text, such as `process.stdout` or a file stream. */
export interface LogOutput {
  write(text: string): unknown
}

/** Settings of a {@link Watcher}. */
export interface WatcherOptions {
  /** The least severe level to show. Default: `'debug'`. */
  readonly defaultLevel?: LogLevel | null | undefined
  /** Where to write. Default: `process.stderr`. */
  readonly defaultOut?: LogOutput | null | undefined
  /** Whether to colour the levels with ANSI codes. Default: false. */
  readonly colour?: boolean | null | undefined
}

/** Settings of {@link watch}. */
export interface WatchOptions {
  /** The least severe level to show. Default: `'debug'`. */
  readonly level?: LogLevel | null | undefined
  /** Where to write. Default: `process.stderr`. */
  readonly out?: LogOutput | null | undefined
  /** Whether to colour the levels with ANSI codes. Default: false. */
  readonly colour?: boolean | null | undefined
}

const COLOURS = { debug: '36', info: '32', warn: '33', error: '31' } as const satisfies Record<LogLevel, string>

/**
 * Writes the log lines of every driver in the process to an output, for debugging. The format may change at any time.
 *
 * @example
 * ```ts
 * {
 *   using watcher = new Watcher('boltline.io', 'boltline.pool', { defaultLevel: 'info' }).watch()
 *   await driver.verifyConnectivity()
 * }
 * ```
 */
export class Watcher implements Disposable {
  readonly #names: ReadonlySet<LoggerName>
  readonly #defaultLevel: LogLevel
  readonly #defaultOut: LogOutput
  readonly #colour: boolean
  #sink: LogSink | undefined

  /** @param args - the loggers to watch (none: all of them), then the settings, if any */
  constructor(...args: readonly LoggerName[] | readonly [...names: LoggerName[], options: WatcherOptions]) {
    const { names, options } = splitArguments<WatcherOptions>(args, ['defaultLevel', 'defaultOut', 'colour'])
    this.#names = names
    this.#defaultLevel = checkLevel('defaultLevel', options.defaultLevel) ?? 'debug'
    this.#defaultOut = checkOutput('defaultOut', options.defaultOut) ?? process.stderr
    this.#colour = checkColour(options.colour)
  }

  /** Starts writing lines, or continues with a new level and output. Returns the watcher itself. */
  watch(level?: LogLevel | null, out?: LogOutput | null): this {
    const least = checkLevel('level', level) ?? this.#defaultLevel
    const output = checkOutput('out', out) ?? this.#defaultOut
    this.stop()
    this.#sink = {
      levelFor: (name) => (this.#names.has(name) || this.#names.has('boltline') ? least : undefined),
      receive: (line) => output.write(format(line, this.#colour)),
    }
    addSink(this.#sink)
    return this
  }

  /** Stops writing lines; may be called again. */
  stop(): void {
    if (this.#sink !== undefined) removeSink(this.#sink)
    this.#sink = undefined
  }

  /** The same as {@link Watcher.stop}. */
  [Symbol.dispose](): void {
    this.stop()
  }
}

/**
 * Starts writing the log lines of every driver in the process, and returns the watcher that stops it.
 *
 * @param args - the loggers to watch (none: all of them), then the settings, if any
 * @example
 * ```ts
 * const watcher = watch('boltline', { level: 'info', out: process.stdout })
 * // ...
 * watcher.stop()
 * ```
 */
export function watch(
  ...args: readonly LoggerName[] | readonly [...names: LoggerName[], options: WatchOptions]
): Watcher {
  const { names, options } = splitArguments<WatchOptions>(args, ['level', 'out', 'colour'])
  const level = checkLevel('level', options.level)
  const out = checkOutput('out', options.out)
  return new Watcher(...names, { defaultLevel: level, defaultOut: out, colour: options.colour }).watch()
}

function format(line: LogLine, colour: boolean): string {
  const level = line.level.toUpperCase().padEnd(5)
  const shown = colour ? `\u001b[${COLOURS[line.level]}m${level}\u001b[0m` : level
  return `${new Date().toISOString()} ${shown} ${line.name}: ${line.message}\n`
}

function splitArguments<Options extends object>(
  args: readonly unknown[],
  keys: readonly string[],
): { names: ReadonlySet<LoggerName>; options: Options } {
  const given = args.filter((arg) => arg !== undefined && arg !== null)
  const last = given.at(-1)
  const options = typeof last === 'object' && last !== null ? last : undefined
  const names = new Set<unknown>(options === undefined ? given : given.slice(0, -1))
  for (const name of names) {
    if (LOGGER_NAMES.some((known) => known === name)) continue
    throw new ConfigurationError(`There is no logger named ${shown(name)}; the loggers are ${list(LOGGER_NAMES)}`)
  }
  for (const key of Object.keys(options ?? {})) {
    if (keys.includes(key)) continue
    throw new ConfigurationError(`Unknown setting ${shown(key)} for a watcher; the settings are ${list(keys)}`)
  }
  if (names.size === 0) names.add('boltline')
  return { names: names as ReadonlySet<LoggerName>, options: (options ?? {}) as Options }
}

function checkLevel(setting: string, value: unknown): LogLevel | undefined {
  if (value === undefined || value === null) return undefined
  const level = LOG_LEVELS.find((known) => known === value)
  if (level === undefined) {
    throw new ConfigurationError(`${setting} must be one of ${list(LOG_LEVELS)}, found ${shown(value)}`)
  }
  return level
}

function checkOutput(setting: string, value: unknown): LogOutput | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof (value as Partial<LogOutput>).write !== 'function') {
    throw new ConfigurationError(`${setting} must have a method write(text), found ${shown(value)}`)
  }
  return value as LogOutput
}

function checkColour(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new ConfigurationError(`colour must be true or false, found ${shown(value)}`)
  return value
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `a value of type ${typeof value}`
}

function list(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ')
}
