/** The driver's log lines on their way to Nest's Logger. */

import type { DriverConfig } from '@boltline/core'
import { Logger } from '@nestjs/common'
import { DEFAULT_CONNECTION } from '../injection/names.ts'

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const
type Level = keyof typeof SEVERITY

/** A Nest logger whose lines say which connection they are about. */
export function loggerFor(connection: string, part = 'Boltline'): Logger {
  return new Logger(connection === DEFAULT_CONNECTION ? part : `${part}(${connection})`)
}

/** The driver's `logger` option; undefined when logging is disabled. */
export function driverLogger(logger: Logger, least: Level | false): DriverConfig['logger'] {
  if (least === false) return undefined
  return {
    debug: (line) => logger.debug(line),
    info: (line) => logger.log(line),
    warn: (line) => logger.warn(line),
    error: (line) => logger.error(line),
    isLevelEnabled: (level) => SEVERITY[level] >= SEVERITY[least],
  }
}
