/** The log of a package for a web framework: lines go where those of the driver go, unless they are sent elsewhere. */

import { LOG_LEVELS, type Logger, type LogLevel, SEVERITY, writeTo } from '../diagnostics/log.ts'
import type { Driver } from '../driver/driver.ts'
import { ConfigurationError } from '../errors/index.ts'
import { settingsOf } from '../settings/settings-of.ts'
import { found } from '../values/options.ts'

/** A log whose lines start with the name of the package. What a logger throws or rejects with is reported once and goes no further. */
export class WebLog {
  readonly #name: string
  readonly #logger: Logger | null
  readonly #least: number

  /**
   * @param name - what each line starts with: `boltline.express`
   * @param logger - undefined: the `logger` of the driver, or else `console` without level debug. Null: nothing is logged
   * @throws ConfigurationError for something that is no logger
   */
  constructor(name: string, driver: Driver, logger: unknown) {
    this.#name = name
    const ofDriver = settingsOf(driver)?.logger
    this.#logger = logger === undefined ? (ofDriver ?? console) : checkedLogger(logger)
    // A console shows level debug, where queries are written, like all others.
    this.#least = logger === undefined && ofDriver === undefined ? SEVERITY.info : SEVERITY.debug
  }

  /** Writes a line. It is put together only where the logger wants it. */
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
