/**
 * What the embedded graph refuses before the engine sees it: everything that is known to be missing or to be answered
 * differently, as far as text and parameters show it.
 */

import { unquoted } from '../../cypher/lexer.ts'
import type { Statement } from '../../cypher/statement.ts'
import { ServerFailure } from '../../front/query-handler.ts'
import { Gap } from '../gaps.ts'
import type { Parameters } from '../parameters.ts'
import { constructs } from './constructs.ts'
import { refuseFunctions } from './functions.ts'
import { refuseLiterals } from './literals.ts'
import { refuseStoredValues } from './stored-values.ts'
import { refuseTemporal } from './temporal.ts'

/** @throws Gap, or the failure that Neo4j has for it */
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

/** `UNWIND $x`: a single value counts as a list of one in Neo4j. */
function refuseUnwind(s: Statement, i: number, parameters: Parameters): void {
  const token = s.tokens[i + 1]
  if (token?.kind !== 'parameter' || s.word(i + 2) !== 'AS') return
  const value = parameters[unquoted(token.text.slice(1))]
  if (value !== undefined && value !== null && !Array.isArray(value))
    throw new Gap('UNWIND of single values', `${token.text} is no list`)
}

/** A query that only reads has to return something. */
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
