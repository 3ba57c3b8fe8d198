/** `Temporal` objects as parameters: the value class for each `Temporal` class. */
import { CypherDate } from './date.ts'
import { DateTime } from './date-time.ts'
import { Duration } from './duration.ts'
import { LocalDateTime } from './local-date-time.ts'
import { LocalTime } from './local-time.ts'
import { temporalTag } from './native-temporal.ts'

const converters = {
  Instant: (value: object) => DateTime.from(value),
  ZonedDateTime: (value: object) => DateTime.from(value),
  PlainDate: (value: object) => CypherDate.from(value),
  PlainTime: (value: object) => LocalTime.from(value),
  PlainDateTime: (value: object) => LocalDateTime.from(value),
  Duration: (value: object) => Duration.from(value),
} as const

/** The Cypher value of a `Temporal` object; null for `PlainYearMonth`, `PlainMonthDay` and other objects. */
export function fromTemporal(value: object): CypherDate | LocalTime | LocalDateTime | DateTime | Duration | null {
  const tag = temporalTag(value)
  return tag !== undefined && Object.hasOwn(converters, tag) ? converters[tag as keyof typeof converters](value) : null
}
