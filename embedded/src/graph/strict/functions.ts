/** Functions that the engine lacks, and arguments with which it answers differently. */

import type { Statement } from '../../cypher/statement.ts'
import { Gap } from '../gaps.ts'
import { kindAt } from './literals.ts'

/** Functions of Neo4j that the engine lacks or that return other types there, in lower case. */
const missing = new Set(
  'percentiledisc isnan isempty btrim char_length character_length normalize tostringornull tointegerornull tofloatornull tobooleanornull tostringlist tointegerlist tofloatlist tobooleanlist valuetype nullif cosh sinh tanh coth haversin point distance file linenumber allreduce lower upper ceiling'.split(
    ' ',
  ),
)
/** Families of functions by namespace. */
const families: Readonly<Record<string, readonly string[] | null>> = {
  apoc: null,
  gds: null,
  genai: null,
  graph: null,
  point: null,
  vector: null,
  db: null,
  date: ['truncate', 'transaction', 'statement', 'realtime'],
  datetime: ['truncate', 'fromepoch', 'fromepochmillis', 'transaction', 'statement', 'realtime'],
  localdatetime: ['truncate', 'transaction', 'statement', 'realtime'],
  time: ['truncate', 'transaction', 'statement', 'realtime'],
  localtime: ['truncate', 'transaction', 'statement', 'realtime'],
  duration: ['between', 'inmonths', 'indays', 'inseconds'],
}

/** Checks the functions of a statement. @throws Gap for a function that the engine lacks, or arguments that it treats differently */
export function refuseFunctions(s: Statement): void {
  s.tokens.forEach((token, i) => {
    if (token.text !== '(' || s.tokens[i - 1]?.kind !== 'name' || s.at(i - 2) === ':') return
    const name = s.word(i - 1).toLowerCase()
    if (s.at(i - 2) === '.') return refuseFamily(s, i, name)
    if (missing.has(name)) throw new Gap(`function ${s.at(i - 1)}()`)
    refuseArguments(s, i, name)
  })
}

function refuseFamily(s: Statement, bracket: number, name: string): void {
  let first = bracket - 3
  while (s.at(first - 1) === '.') first -= 2
  const owner = s.word(first).toLowerCase()
  if (!Object.hasOwn(families, owner)) return
  const members = families[owner]
  if (owner === 'db' && s.clause(first - 1) === 'CALL' && !/^index$/i.test(s.at(first + 2))) return
  if (members === null || members?.includes(name) === true) {
    const written = s.tokens.slice(first, bracket).map(({ text }) => text)
    throw new Gap(`${s.clause(first - 1) === 'CALL' ? 'procedure' : 'function'} ${written.join('')}()`)
  }
}

function refuseArguments(s: Statement, bracket: number, name: string): void {
  const first = kindAt(s, bracket + 1)
  const alone = s.partner(bracket) === bracket + 2
  if (name === 'tostring' && first === 'float' && alone)
    throw new Gap('text of whole-numbered floats', 'toString(1.0) gives "1" here, not "1.0"')
  if (/^to(integer|float|boolean)$/.test(name) && (first === 'list' || first === 'map'))
    throw new Gap('type errors of conversion functions', `${s.at(bracket - 1)}() of a ${first}`)
  if (name === 'round' && separators(s, bracket) > 0) throw new Gap('precisions of round()')
  if (name === 'round' && s.at(bracket + 1) === '-') throw new Gap('round() of negative numbers', 'it rounds -1.5 down')
  if (name === 'range' && separators(s, bracket) === 2 && s.at(s.partner(bracket) - 1) === '0')
    throw new Gap('errors of range()', 'its step is 0')
  if (/^(substring|left|right)$/.test(name)) {
    const negative = s.tokens.some(
      (token, i) => token.text === '-' && s.enclosing(i) === bracket && s.at(i - 1) === ',',
    )
    if (negative) throw new Gap(`errors of ${s.at(bracket - 1)}()`, 'an argument is negative')
  }
}

/** The number of commas between a call's arguments. */
function separators(s: Statement, bracket: number): number {
  return s.tokens.filter((token, i) => token.text === ',' && s.enclosing(i) === bracket).length
}
