/** ISO 8601 text as the server prints it, taken apart. Ranges are left to the classes' own checks. */
import { show } from './fields.ts'

export const DAY = '(?<year>\\d{4}|[+-]\\d{4,9})-(?<month>\\d\\d)-(?<day>\\d\\d)'
export const CLOCK = '(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?'
export const OFFSET = '(?<offset>Z|[+-]\\d\\d(?::?\\d\\d(?::?\\d\\d)?)?)'
export const ZONE = '\\[(?<zone>[^\\]]+)\\]'

export type IsoParts = Readonly<Record<string, string | undefined>>

/** The named parts of `text`; `RangeError` with an example where it doesn't have that form. */
export function partsOf(text: unknown, form: RegExp, owner: string, example: string): IsoParts {
  const groups = typeof text === 'string' ? form.exec(text)?.groups : undefined
  if (groups) return groups
  throw new RangeError(`${owner}.parse takes text such as '${example}', found ${show(text)}`)
}

export function dayIn(parts: IsoParts): { year: number; month: number; day: number } {
  return { year: Number(parts['year']), month: Number(parts['month']), day: Number(parts['day']) }
}

export function clockIn(parts: IsoParts): { hour: number; minute: number; second: number; nanosecond: number } {
  return {
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
    second: Number(parts['second'] ?? 0),
    nanosecond: Number((parts['fraction'] ?? '').padEnd(9, '0')),
  }
}

/** The offset in seconds, or undefined where the text has none. */
export function offsetIn(parts: IsoParts): number | undefined {
  const text = parts['offset']
  if (text === undefined) return undefined
  if (text === 'Z') return 0
  const [hours = '', minutes = '', seconds = ''] = text.slice(1).match(/\d\d/g) ?? []
  if (Number(minutes) > 59 || Number(seconds) > 59) throw new RangeError(`offset '${text}' is out of range`)
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return text.startsWith('-') ? 0 - size : size
}
