import { brand, brandOf } from './brand.ts'
import { integerIn, integerOrZero, refuseUnknown, replaceFields } from './fields.ts'
import { type IsoParts, partsOf } from './iso.ts'
import { IsoValue } from './iso-value.ts'
import {
  type NativeTemporal,
  notFrom,
  type TemporalResult,
  type TemporalWith,
  temporalNamespace,
  temporalTag,
} from './native-temporal.ts'
import { formatFraction, NANOSECONDS_PER_SECOND } from './time-of-day.ts'

const FIELDS = ['months', 'days', 'seconds', 'nanoseconds'] as const
const LARGEST = Number.MAX_SAFE_INTEGER
const AMOUNT = '[+-]?\\d+(?:[.,]\\d{1,9})?'
const FORM = new RegExp(
  '^(?<sign>[+-])?P(?=.)' +
    `(?:(?<years>${AMOUNT})Y)?(?:(?<months>${AMOUNT})M)?(?:(?<weeks>${AMOUNT})W)?(?:(?<days>${AMOUNT})D)?` +
    `(?:T(?=.)(?:(?<hours>${AMOUNT})H)?(?:(?<minutes>${AMOUNT})M)?(?:(?<seconds>${AMOUNT})S)?)?$`,
)
/** Amounts are read in billionths, so that a fraction is exact; of seconds these are the nanoseconds. */
const BILLION = BigInt(NANOSECONDS_PER_SECOND)
const SECONDS_PER_DAY = 86_400n
/** The length the server gives to a fraction of a month: a twelfth of 365.2425 days. */
const SECONDS_PER_MONTH = 2_629_746n

/** The components of a {@link Duration}; each is 0 unless given. */
export interface DurationFields {
  readonly months?: number | undefined
  readonly days?: number | undefined
  readonly seconds?: number | undefined
  readonly nanoseconds?: number | undefined
}

/**
 * A Cypher DURATION: months, days and seconds, which don't convert into each other, since months and days differ in
 * length. Immutable. Durations have no order.
 *
 * @example
 * ```ts
 * const duration = new Duration({ months: 14, days: 3, seconds: 14706, nanoseconds: 7 })
 * duration.toString()                     // 'P1Y2M3DT4H5M6.000000007S'
 * Duration.parse('PT-0.1S').nanoseconds   // 900000000, with seconds -1
 * ```
 */
export class Duration extends IsoValue {
  /** Whole months; a year counts 12. */
  readonly months: number
  /** Whole days. */
  readonly days: number
  /** Whole seconds, rounded down: -0.1 s are -1 second and 900,000,000 nanoseconds, as the server has it. */
  readonly seconds: number
  /** 0 to 999,999,999, to be added to `seconds`; what a constructor is given beyond that is carried over. */
  readonly nanoseconds: number

  /** Components are integers up to ±(2^53 − 1) and may differ in sign; `RangeError` names the one that is not. */
  constructor(fields: DurationFields = {}) {
    super()
    refuseUnknown(fields, FIELDS, 'Duration')
    const nanoseconds = integerOrZero(fields.nanoseconds, 'nanoseconds', -LARGEST, LARGEST)
    const carry = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND)
    const seconds = integerOrZero(fields.seconds, 'seconds', -LARGEST, LARGEST)
    this.months = integerOrZero(fields.months, 'months', -LARGEST, LARGEST)
    this.days = integerOrZero(fields.days, 'days', -LARGEST, LARGEST)
    this.seconds = carry === 0 ? seconds : integerIn(seconds + carry, 'seconds', -LARGEST, LARGEST)
    this.nanoseconds = nanoseconds - carry * NANOSECONDS_PER_SECOND
    Object.freeze(this)
  }

  static {
    brand(Duration, 'Duration')
  }

  /**
   * Reads `P1Y2M3DT4H5M6.000000007S`, also with weeks, with negative components and with fractions. A fraction of a month
   * or a day goes on to the smaller components, a month being 30.436875 days, as in Cypher.
   */
  static parse(text: string): Duration {
    const parts = partsOf(text, FORM, 'Duration', 'P1Y2M3DT4H5M6.000000007S')
    const sign = parts['sign'] === '-' ? -1n : 1n
    const amount = (name: string) => sign * billionths(parts, name)
    const months = amount('years') * 12n + amount('months')
    const ofMonth = (months % BILLION) * SECONDS_PER_MONTH
    const days = amount('weeks') * 7n + amount('days') + (ofMonth / SECONDS_PER_DAY / BILLION) * BILLION
    const ofDays = (ofMonth % (SECONDS_PER_DAY * BILLION)) + (days % BILLION) * SECONDS_PER_DAY
    const seconds = ofDays + amount('hours') * 3600n + amount('minutes') * 60n + amount('seconds')
    return fromNanoseconds(months / BILLION, days / BILLION, seconds)
  }

  /** The duration of a `Temporal.Duration`: years become months, weeks days, the rest seconds and nanoseconds. */
  static from(value: object): Duration {
    if (temporalTag(value) !== 'Duration') throw notFrom('Duration', 'a Temporal.Duration', value)
    const amount = (name: string) => BigInt((value as Readonly<Record<string, number>>)[name] ?? 0)
    const seconds = amount('hours') * 3600n + amount('minutes') * 60n + amount('seconds')
    const below = amount('milliseconds') * 1_000_000n + amount('microseconds') * 1000n + amount('nanoseconds')
    const months = amount('years') * 12n + amount('months')
    return fromNanoseconds(months, amount('weeks') * 7n + amount('days'), seconds * BILLION + below)
  }

  /** Whether `other` is a duration of the same components; a day is not 24 hours here. */
  equals(other: unknown): boolean {
    return brandOf(other) === 'Duration' && FIELDS.every((field) => (other as Duration)[field] === this[field])
  }

  /** A copy with some components replaced. */
  with(fields: DurationFields): Duration {
    return new Duration(replaceFields(this, fields, FIELDS, 'Duration.with'))
  }

  /**
   * A `Temporal.Duration`, made by the runtime's `Temporal` or the namespace given. Raises `RangeError` when components
   * differ in sign, which `Temporal` can't express.
   */
  toTemporal<T extends TemporalWith<'Duration', object> = NativeTemporal>(temporal?: T): TemporalResult<T, 'Duration'> {
    const { seconds, nanoseconds } = sameSign(this)
    const { months, days } = this
    const signs = [months, days, seconds, nanoseconds].map(Math.sign)
    if (signs.includes(1) && signs.includes(-1)) {
      throw new RangeError(`Temporal has no durations with components of both signs, found ${this.toString()}`)
    }
    const item = { months, days, seconds, nanoseconds }
    return temporalNamespace(temporal, 'duration').Duration.from(item) as TemporalResult<T, 'Duration'>
  }

  override toString(): string {
    const { seconds, nanoseconds } = sameSign(this)
    const years = Math.trunc(this.months / 12)
    const minutes = Math.trunc(seconds / 60)
    const hours = Math.trunc(minutes / 60)
    const day = component(years, 'Y') + component(this.months - years * 12, 'M') + component(this.days, 'D')
    const time = component(hours, 'H') + component(minutes - hours * 60, 'M') + secondsText(seconds % 60, nanoseconds)
    return day === '' && time === '' ? 'PT0S' : `P${day}${time && `T${time}`}`
  }
}

function component(amount: number, unit: string): string {
  return amount === 0 ? '' : `${amount}${unit}`
}

function secondsText(seconds: number, nanoseconds: number): string {
  if (seconds === 0 && nanoseconds === 0) return ''
  const sign = seconds < 0 || nanoseconds < 0 ? '-' : ''
  return `${sign}${Math.abs(seconds)}${formatFraction(Math.abs(nanoseconds))}S`
}

/** Seconds and nanoseconds of one sign, from seconds that are rounded down. */
function sameSign({ seconds, nanoseconds }: Duration): { seconds: number; nanoseconds: number } {
  if (seconds >= 0 || nanoseconds === 0) return { seconds, nanoseconds }
  return { seconds: seconds + 1, nanoseconds: nanoseconds - NANOSECONDS_PER_SECOND }
}

function billionths(parts: IsoParts, name: string): bigint {
  const [whole = '', fraction = ''] = (parts[name] ?? '0').replace('+', '').split(/[.,]/)
  return BigInt(whole + fraction.padEnd(9, '0'))
}

function fromNanoseconds(months: bigint, days: bigint, total: bigint): Duration {
  const rest = total % BILLION
  const nanoseconds = rest < 0n ? rest + BILLION : rest
  return new Duration({
    months: Number(months),
    days: Number(days),
    seconds: Number((total - nanoseconds) / BILLION),
    nanoseconds: Number(nanoseconds),
  })
}
