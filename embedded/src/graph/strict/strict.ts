/**
 * Refuses queries before the engine sees them: known gaps and differences that the text and the
 * parameters show.
 */

import { ServerFailure } from '../../bolt-server/query-handler.ts'
import type { Statement } from '../../cypher/statement.ts'
import { unquoted } from '../../cypher/tokens.ts'
import { Gap } from '../gaps.ts'
import type { Parameters } from '../parameters.ts'
import { constructs } from './constructs.ts'
import { refuseFunctions } from './functions.ts'
import { refuseLiterals } from './literals.ts'
import { refuseStoredValues } from './stored-values.ts'
import { refuseTemporal } from './temporal.ts'

/** Checks a statement. @throws Gap for a known gap or difference; ServerFailure for an error that Neo4j reports too */
export function refuseWhatDiffers(s: Statement, parameters: Parameters): void {
  s.tokens.forEach((_, i) => {
    const found = constructs.find(({ at }) => at(s, i))
    if (found !== undefined) throw new Gap(found.what)
    if (s.keyword(i) === 'UNWIND') refuseUnwind(s, i, parameters)
  })
  refuseFunctions(s)
  refuseTemporal(s, parameters)
  refuseLiterals(s)
  refuseStoredValues(s, parameters)
  refuseOpenEnd(s)
}

/** Refuses `UNWIND $x` of a single value, which Neo4j treats as a list of one. */
function refuseUnwind(s: Statement, i: number, parameters: Parameters): void {
  const token = s.tokens[i + 1]
  if (token?.kind !== 'parameter' || s.word(i + 2) !== 'AS') return
  const value = parameters[unquoted(token.text.slice(1))]
  if (value !== undefined && value !== null && !Array.isArray(value))
    throw new Gap('UNWIND of single values', `${token.text} is no list`)
}

/** Refuses a query that only reads and has no RETURN, as Neo4j does. */
function refuseOpenEnd(s: Statement): void {
  const clauses = s.tokens.flatMap((_, i) => (s.enclosing(i) === -1 ? [s.clause(i)] : [])).filter((each) => each !== '')
  const last = clauses.findLast((each) => !/^(WHERE|ORDER|SKIP|OFFSET|LIMIT)$/.test(each))
  if (last !== 'MATCH' && last !== 'WITH' && last !== 'UNWIND') return
  throw new ServerFailure(
    'Neo.ClientError.Statement.SyntaxError',
    `Query cannot conclude with ${last} (must be a RETURN clause, a FINISH clause, an update clause, a unit subquery call, or a procedure call with no YIELD).`,
    '42001',
  )
}
