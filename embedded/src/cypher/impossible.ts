/**
 * Finds text that no version of Cypher accepts, without a grammar. It separates syntax errors from parts of Cypher
 * that the embedded graph doesn't support. It misses many errors, but never reports valid Cypher.
 */

import type { Statement } from './statement.ts'

/** Words of Cypher that may follow a value or begin a query. The check skips names that equal one of them. */
const keywords = new Set(
  `ADMINISTRATOR ALL ALTER AND ANY ARRAY AS ASC ASCENDING ASSERT ASSIGN AT BINDINGS BOOL BOOLEAN BOTH BREAK BY CALL CASE CHANGE COLLECT
  CONCURRENT CONSTRAINT CONSTRAINTS CONTAINS COUNT CREATE CSV CYPHER DATABASE DATABASES DATE DATETIME DBMS DEFAULT DELETE DESC
  DESCENDING DETACH DIFFERENT DISTINCT DRIVER DROP DRYRUN DURATION EACH EDGE ELEMENT ELEMENTS ELSE ENABLE END ENDS ERROR EXECUTABLE
  EXECUTE EXISTENCE EXISTS EXPLAIN FAIL FALSE FIELDTERMINATOR FILTER FINISH FLOAT FOR FOREACH FROM FULLTEXT FUNCTION FUNCTIONS GRANT
  GRAPH GRAPHS GROUP GROUPS HEADERS HOME IF IMPERSONATE IN INDEX INDEXES INF INFINITY INSERT INT INTEGER INTO IS JOIN KEY LABEL
  LABELS LEADING LET LIMIT LIST LOAD LOCAL LOOKUP MAP MATCH MERGE NAN NEXT NFC NFD NFKC NFKD NODE NODES NODETACH NONE NORMALIZE
  NORMALIZED NOT NOTHING NULL NULLS OF OFFSET ON ONLY OPTION OPTIONAL OPTIONS OR ORDER PATH PATHS PERIODIC POINT PRIMARY PROCEDURE
  PROCEDURES PROFILE PROPERTIES PROPERTY RANGE READ REDUCE REL RELATIONSHIP RELATIONSHIPS REMOVE RENAME REPEATABLE REPLACE REPORT
  REQUIRE RETRY RETURN REVOKE ROLE ROLES ROW ROWS SCAN SEARCH SECONDARY SECONDS SEEK SET SETTING SETTINGS SHORTEST SHOW SIGNED SINGLE
  SKIP START STARTS STATUS STOP STRING TERMINATE TEXT THEN TIME TIMESTAMP TIMEZONE TO TRAILING TRANSACTION TRANSACTIONS TRAVERSE TRIM
  TRUE TYPE TYPED TYPES UNION UNIQUE UNIQUENESS UNWIND USE USER USERS USING VALUE VARCHAR VECTOR VERTEX WAIT WHEN WHERE WITH WITHOUT
  WRITE XOR YIELD ZONE ZONED`.split(/\s+/),
)
const beginnings =
  /^(?:MATCH|OPTIONAL|CREATE|MERGE|SET|DELETE|DETACH|NODETACH|REMOVE|FOREACH|RETURN|WITH|UNWIND|CALL|USE|FINISH|LOAD|INSERT|SHOW|TERMINATE|EXPLAIN|PROFILE|CYPHER|DROP|ALTER|GRANT|DENY|REVOKE|START|STOP|ENABLE|RENAME|DRYRUN|DEALLOCATE|REALLOCATE|USING|LET|FILTER|FOR|ORDER|SKIP|OFFSET|LIMIT|WHEN)$/
/** Words that can't end a statement. */
const unfinished =
  /^(?:RETURN|WITH|WHERE|MATCH|OPTIONAL|CREATE|MERGE|SET|DELETE|DETACH|REMOVE|UNWIND|FOREACH|BY|AND|OR|XOR|NOT|IN|AS|LIMIT|SKIP|OFFSET|CONTAINS|IS|CALL|DISTINCT|WHEN|THEN|ELSE|CASE|STARTS|ENDS|ORDER)$/
/** Clauses that can't be empty before the next clause. */
const full = /^(?:RETURN|WHERE|SET|DELETE|REMOVE|UNWIND|BY|LIMIT|SKIP|MERGE|MATCH)$/
const next = /^(?:RETURN|WITH|MATCH|WHERE|SET|DELETE|CREATE|MERGE|UNWIND|ORDER|LIMIT)$/
const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** The position of a certain syntax error; the length of the text when the end is missing; null when no error is certain. */
export function impossibleAt(s: Statement): number | null {
  const { tokens, text } = s
  for (const [i, token] of tokens.entries()) {
    const { kind, start } = token
    if (kind === 'symbol') {
      if (token.text in closing && s.partner(i) === -1) return start
      if (/^[([{]$/.test(token.text) && s.partner(i) === -1) return text.length
    }
    if ((kind === 'string' || kind === 'quotedName') && !isTerminated(token.text)) return text.length
    if (i === 0 && (kind !== 'name' || !beginnings.test(s.word(0)))) return start
    if (isOutOfPlace(s, i)) return start
  }
  const last = tokens.at(-1)
  if (last === undefined) return 0
  const hangs =
    last.kind === 'symbol'
      ? /^(?:[-+/%^=.,:|&(]|<|>=|<=|<>|=~|\+=)$/.test(last.text)
      : unfinished.test(s.word(tokens.length - 1))
  return hangs ? text.length : null
}

/** Whether a token can't follow the token before it. */
function isOutOfPlace(s: Statement, i: number): boolean {
  const { kind, text } = s.tokens[i] as Statement['tokens'][number]
  if (i === 0) return false
  if (text === ',' || text === ')' || text === ']' || text === '}') {
    const before = s.at(i - 1)
    const quantifier = s.at(s.enclosing(i)) === '{' || text === '}'
    return s.tokens[i - 1]?.kind === 'symbol' && !quantifier && (before === ',' || (before === '(' && text === ','))
  }
  if (full.test(s.keyword(i - 1)) && next.test(s.clause(i)) && s.clause(i) !== '') return true
  if (!isValue(s, i - 1)) return false
  if (kind === 'name') return !keywords.has(s.word(i)) && s.at(i + 1) !== ':'
  return (kind === 'number' && !text.startsWith('.')) || kind === 'string'
}

/** Whether a token ends a value: a name that is no keyword, a literal, or a closing bracket. */
function isValue(s: Statement, i: number): boolean {
  const token = s.tokens[i]
  if (token === undefined) return false
  if (token.kind === 'name') return !keywords.has(s.word(i)) && !/^[:.]$/.test(s.at(i - 1)) === true
  if (token.kind === 'symbol') return token.text === ')' || token.text === ']'
  return token.kind === 'string' || token.kind === 'parameter' || token.kind === 'number'
}

function isTerminated(text: string): boolean {
  return text.length > 1 && text.endsWith(text[0] as string)
}
