/** The log of a web framework package. It writes to the driver's logger unless another one is configured. */

import { LOG_LEVELS, type Logger, type LogLevel, SEVERITY, writeTo } from '../diagnostics/log.ts'
import type { Driver } from '../driver/driver.ts'
import { ConfigurationError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'
import { settingsOf } from '../settings/settings-of.ts'

/** A log whose lines start with the package's name. A logger that throws or rejects is reported once with a process warning. */
export class WebLog {
  readonly #name: string
  readonly #logger: Logger | null
  readonly #least: number

  /**
   * @param name - prefix of each line, such as `boltline.express`
   * @param logger - undefined: the driver's `logger`, or `console` without level debug. Null disables logging
   * @throws ConfigurationError if `logger` lacks a method
   */
  constructor(name: string, driver: Driver, logger: unknown) {
    this.#name = name
    const ofDriver = settingsOf(driver)?.logger
    this.#logger = logger === undefined ? (ofDriver ?? console) : checkedLogger(logger)
    // The console prints debug lines like all others, and debug lines contain query texts.
    this.#least = logger === undefined && ofDriver === undefined ? SEVERITY.info : SEVERITY.debug
  }

  /** Writes a line. A function as `text` is called only if the level is enabled. */
  write(level: LogLevel, text: string | (() => string)): void {
    if (this.#logger === null || SEVERITY[level] < this.#least) return
    writeTo(this.#logger, level, () => `${this.#name}: ${typeof text === 'string' ? text : text()}`)
  }
}

function checkedLogger(logger: unknown): Logger | null {
  if (logger === null) return null
  const missing = LOG_LEVELS.find((level) => typeof (logger as Partial<Logger>)[level] !== 'function')
  if (missing === undefined) return logger as Logger
  throw new ConfigurationError(
    `logger must have the methods ${LOG_LEVELS.join(', ')}, but ${missing} is missing in ${found(logger)}`,
  )
}
