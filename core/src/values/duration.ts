import { brand, brandOf } from './brand.ts'
import { integerIn, integerOrZero, refuseUnknown, show } from './fields.ts'
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

/** The components of a {@link Duration}; each is 0 unless given. Bigints may have up to 64 bits. */
export interface DurationFields {
  readonly months?: number | bigint | undefined
  readonly days?: number | bigint | undefined
  readonly seconds?: number | bigint | undefined
  readonly nanoseconds?: number | undefined
}

/** The components of a {@link Duration} of any size. */
export interface ExactDuration {
  readonly months: bigint
  readonly days: bigint
  readonly seconds: bigint
  readonly nanoseconds: bigint
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
  /** Whole months; a year counts 12. Reading raises `RangeError` where a number can't hold them; see {@link exact}. */
  declare readonly months: number
  /** Whole days; as for `months`. */
  declare readonly days: number
  /**
   * Whole seconds, rounded down: -0.1 s are -1 second and 900,000,000 nanoseconds, as the server has it. As for `months`.
   */
  declare readonly seconds: number
  /** 0 to 999,999,999, to be added to `seconds`; what a constructor is given beyond that is carried over. */
  readonly nanoseconds: number
  /** Null where every component is a number. */
  readonly #large: Omit<ExactDuration, 'nanoseconds'> | null

  /**
   * Components are integers and may differ in sign; numbers up to ±(2^53 − 1), bigints up to 64 bits. `RangeError` names
   * the one that is not.
   */
  constructor(fields: DurationFields = {}) {
    super()
    refuseUnknown(fields, FIELDS, 'Duration')
    const nanoseconds = integerOrZero(fields.nanoseconds, 'nanoseconds', -LARGEST, LARGEST)
    const carry = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND)
    const months = amount(fields.months, 'months')
    const days = amount(fields.days, 'days')
    const seconds = carried(amount(fields.seconds, 'seconds'), carry)
    const large = [months, days, seconds].some((each) => typeof each === 'bigint')
    this.#large = large ? { months: BigInt(months), days: BigInt(days), seconds: BigInt(seconds) } : null
    for (const [name, value] of Object.entries({ months, days, seconds }))
      Object.defineProperty(this, name, {
        enumerable: true,
        ...(typeof value === 'number' ? { value } : tooLarge(name)),
      })
    this.nanoseconds = nanoseconds - carry * NANOSECONDS_PER_SECOND
    Object.freeze(this)
  }

  /** The components in full, for durations of which a component is beyond what a number holds. */
  get exact(): ExactDuration {
    const { months, days, seconds } = this.#large ?? this
    return {
      months: BigInt(months),
      days: BigInt(days),
      seconds: BigInt(seconds),
      nanoseconds: BigInt(this.nanoseconds),
    }
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
    const part = (name: string) => sign * billionths(parts, name)
    const months = part('years') * 12n + part('months')
    const ofMonth = (months % BILLION) * SECONDS_PER_MONTH
    const days = part('weeks') * 7n + part('days') + (ofMonth / SECONDS_PER_DAY / BILLION) * BILLION
    const ofDays = (ofMonth % (SECONDS_PER_DAY * BILLION)) + (days % BILLION) * SECONDS_PER_DAY
    const seconds = ofDays + part('hours') * 3600n + part('minutes') * 60n + part('seconds')
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
    if (brandOf(other) !== 'Duration') return false
    const [mine, theirs] = [this.exact, (other as Duration).exact]
    return FIELDS.every((field) => mine[field] === theirs[field])
  }

  /** A copy with some components replaced. */
  with(fields: DurationFields): Duration {
    refuseUnknown(fields, FIELDS, 'Duration.with')
    const { months, days, seconds } = this.exact
    return new Duration({
      months: fields.months ?? months,
      days: fields.days ?? days,
      seconds: fields.seconds ?? seconds,
      nanoseconds: fields.nanoseconds ?? this.nanoseconds,
    })
  }

  /**
   * A `Temporal.Duration`, made by the runtime's `Temporal` or the namespace given. Raises `RangeError` when components
   * differ in sign, which `Temporal` can't express, or are beyond what a number holds.
   */
  toTemporal<T extends TemporalWith<'Duration', object> = NativeTemporal>(temporal?: T): TemporalResult<T, 'Duration'> {
    const { months, days } = this
    // Rounded down so far; now both of one sign.
    const up = this.seconds < 0 && this.nanoseconds > 0 ? 1 : 0
    const seconds = this.seconds + up
    const nanoseconds = this.nanoseconds - up * NANOSECONDS_PER_SECOND
    const signs = [months, days, seconds, nanoseconds].map(Math.sign)
    if (signs.includes(1) && signs.includes(-1)) {
      throw new RangeError(`Temporal has no durations with components of both signs, found ${this.toString()}`)
    }
    const item = { months, days, seconds, nanoseconds }
    return temporalNamespace(temporal, 'duration').Duration.from(item) as TemporalResult<T, 'Duration'>
  }

  override toString(): string {
    const { months, days } = this.exact
    const { seconds, nanoseconds } = sameSign(this.exact)
    const day = component(months / 12n, 'Y') + component(months % 12n, 'M') + component(days, 'D')
    const minutes = seconds / 60n
    const clock = component(minutes / 60n, 'H') + component(minutes % 60n, 'M')
    const time = clock + secondsText(Number(seconds % 60n), Number(nanoseconds))
    return day === '' && time === '' ? 'PT0S' : `P${day}${time && `T${time}`}`
  }
}

/** A component as it is kept: a number where that holds it. */
function amount(value: unknown, field: string): number | bigint {
  if (typeof value !== 'bigint') return integerOrZero(value, field, -LARGEST, LARGEST)
  if (value !== BigInt.asIntN(64, value))
    throw new RangeError(`${field} must be an integer of 64 bits, found ${show(value)}`)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function carried(seconds: number | bigint, carry: number): number | bigint {
  if (carry === 0) return seconds
  if (typeof seconds === 'bigint') return amount(seconds + BigInt(carry), 'seconds')
  return integerIn(seconds + carry, 'seconds', -LARGEST, LARGEST)
}

/** Never a rounded value. */
function tooLarge(name: string): PropertyDescriptor {
  return {
    get(this: Duration): never {
      const { [name as 'months']: value } = this.exact
      throw new RangeError(`${name} of this Duration is ${value}, which a number would round; read exact.${name}`)
    },
  }
}

function component(amount: bigint, unit: string): string {
  return amount === 0n ? '' : `${amount}${unit}`
}

function secondsText(seconds: number, nanoseconds: number): string {
  if (seconds === 0 && nanoseconds === 0) return ''
  const sign = seconds < 0 || nanoseconds < 0 ? '-' : ''
  return `${sign}${Math.abs(seconds)}${formatFraction(Math.abs(nanoseconds))}S`
}

/** Seconds and nanoseconds of one sign, from seconds that are rounded down. */
function sameSign({ seconds, nanoseconds }: ExactDuration): { seconds: bigint; nanoseconds: bigint } {
  if (seconds >= 0n || nanoseconds === 0n) return { seconds, nanoseconds }
  return { seconds: seconds + 1n, nanoseconds: nanoseconds - BILLION }
}

function billionths(parts: IsoParts, name: string): bigint {
  const [whole = '', fraction = ''] = (parts[name] ?? '0').replace('+', '').split(/[.,]/)
  return BigInt(whole + fraction.padEnd(9, '0'))
}

function fromNanoseconds(months: bigint, days: bigint, total: bigint): Duration {
  const rest = total % BILLION
  const nanoseconds = rest < 0n ? rest + BILLION : rest
  return new Duration({
    months,
    days,
    seconds: (total - nanoseconds) / BILLION,
    nanoseconds: Number(nanoseconds),
  })
}
