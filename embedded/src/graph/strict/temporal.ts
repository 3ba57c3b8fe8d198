/** Literals and parameters of temporal functions that the engine parses differently, or as null. */

import { CypherDate, DateTime, Duration, LocalDateTime, LocalTime, Time } from '@boltline/core'
import type { Statement } from '../../cypher/statement.ts'
import { contentOf, unquoted } from '../../cypher/tokens.ts'
import { Gap } from '../gaps.ts'
import type { Parameters } from '../parameters.ts'

const functions: Readonly<Record<string, { readonly parse: (text: string) => unknown; readonly digits: number }>> = {
  date: { parse: (text) => CypherDate.parse(text), digits: 9 },
  datetime: {
    parse: (text) => DateTime.parse(/(Z|[+-]\d\d:?\d*|\])$/.test(text.slice(10)) ? text : `${text}Z`),
    digits: 6,
  },
  localdatetime: { parse: (text) => LocalDateTime.parse(text), digits: 3 },
  time: { parse: (text) => Time.parse(/(Z|[+-]\d\d:?\d*)$/.test(text) ? text : `${text}Z`), digits: 9 },
  localtime: { parse: (text) => LocalTime.parse(text), digits: 9 },
  duration: { parse: (text) => Duration.parse(text), digits: 9 },
}

/** Checks the temporal functions of a statement. @throws Gap for text that the engine would parse as null or truncate */
export function refuseTemporal(s: Statement, parameters: Parameters): void {
  s.tokens.forEach((token, i) => {
    if (token.text !== '(' || s.at(i - 2) === '.' || s.at(i - 2) === ':') return
    const name = s.word(i - 1).toLowerCase()
    if (!Object.hasOwn(functions, name)) return
    const argument = s.tokens[i + 1]
    if (argument?.text === '{') return refuseComponents(s, i + 1, name)
    const given = argument?.kind === 'parameter' ? parameters[unquoted(argument.text.slice(1))] : undefined
    const text = argument?.kind === 'string' ? contentOf(argument) : given
    if (typeof text === 'string' && s.partner(i) === i + 2) refuseText(text, name)
  })
}

function refuseText(text: string, name: string): void {
  const { parse, digits } = functions[name] as (typeof functions)[string]
  if (text.includes('[')) throw new Gap('named time zones', `${name}()`)
  if ((/[.,](\d+)/.exec(text)?.[1]?.length ?? 0) > digits)
    throw new Gap(`fractions of more than ${digits} digits`, `${name}()`)
  if (name === 'duration' && text.includes('-')) throw new Gap('negative durations as text', 'give a parameter')
  try {
    parse(text)
  } catch {
    throw new Gap('other forms of dates and times than 2024-07-01T12:30:00Z', `${name}() reads this one as null`)
  }
}

function refuseComponents(s: Statement, brace: number, name: string): void {
  s.tokens.forEach((_, i) => {
    if (s.enclosing(i) !== brace || s.at(i + 1) !== ':') return
    const key = s.name(i)?.toLowerCase()
    if (key === 'timezone' && !/^['"](Z|[+-])/.test(s.at(i + 2))) throw new Gap('named time zones', `${name}()`)
    if (key === 'nanosecond' || key === 'nanoseconds') throw new Gap('nanoseconds of dates and times', `${name}()`)
    if (key === 'week' || key === 'quarter' || key === 'ordinalday') throw new Gap(`dates by ${key}`, `${name}()`)
  })
}
