/** Rewrites DELETE of nulls, which Neo4j ignores and the engine refuses, and DELETE of several entities in the order the engine needs. */

import type { Statement } from '../cypher/statement.ts'
import type { Edit } from './edits.ts'
import { engineName } from './reserved-names.ts'

/** Whether a statement may delete nodes before their relationships. Neo4j checks that at the end, the engine at once. */
export function deletesSeveral(s: Statement): boolean {
  return (
    s.tokens.some((_, i) => s.clauseOf(i) === 'DELETE' && s.at(i) === ',') ||
    s.tokens.filter((_, i) => s.clause(i) === 'DELETE').length > 1
  )
}

interface Deletion {
  /** The index of the first token: DETACH or DELETE. */
  readonly from: number
  /** The index of the first token after the clause. */
  readonly to: number
  readonly detach: boolean
  /** The deleted items as written: names and `null`. */
  readonly items: readonly string[]
}

/** Returns the edits that make DELETE run over lists without null. */
export function deletes(s: Statement): Edit[] {
  const nullable = s.tokens.some((_, i) => mayBeNull(s, i))
  return s.tokens.flatMap((_, i) => {
    const found = deletionAt(s, i)
    if (found === null || !(nullable || (found.items.length > 1 && isLast(s, found)))) return []
    const start = s.tokens[found.from]?.start as number
    const end = s.tokens[found.to - 1]?.end as number
    return [{ start, end, text: inLists(s, found) }]
  })
}

/** Whether a token can produce null. Without one, a pattern binds each deleted variable, so it is never null. */
function mayBeNull(s: Statement, i: number): boolean {
  if (/^(?:OPTIONAL|NULL|CASE|HEAD|LAST|COALESCE|NULLIF|FOREACH|UNWIND)$/.test(s.keyword(i))) return true
  const before = s.tokens[i - 1]
  return s.at(i) === '[' && before !== undefined && (before.kind !== 'symbol' || /^[)\]]$/.test(before.text))
}

function deletionAt(s: Statement, i: number): Deletion | null {
  if (s.clause(i) !== 'DELETE') return null
  const detach = s.word(i - 1) === 'DETACH'
  const items: string[] = []
  let at = i + 1
  for (; ; at += 2) {
    const token = s.tokens[at]
    if (token === undefined || (s.name(at) === null && s.word(at) !== 'NULL')) return null
    items.push(token.text)
    if (s.at(at + 1) !== ',') break
  }
  const to = at + 1
  // Any other next token continues an expression, such as `list[0]`, which the engine refuses.
  const ends = to === s.tokens.length || s.clause(to) !== '' || /^[)}]$/.test(s.at(to))
  return ends ? { from: detach ? i - 1 : i, to, detach, items } : null
}

function inLists(s: Statement, { from, to, detach, items }: Deletion): string {
  const verb = detach ? 'DETACH DELETE' : 'DELETE'
  const names = [...new Set(items.filter((item) => item.toUpperCase() !== 'NULL'))]
  if (names.length === 0) return 'FOREACH (`  none` IN [] | CREATE ())'
  // Relationships first: the engine refuses to delete a node that still has some.
  names.sort((a, b) => Number(isRelationship(s, b)) - Number(isRelationship(s, a)))
  const variables = names.map(engineName)
  if (isLast(s, { from, to })) {
    const lists = variables.map((name, i) => `collect(DISTINCT ${name}) AS \`  list ${i}\``)
    const loops = variables.map((_, i) => `FOREACH (\`  item ${i}\` IN \`  list ${i}\` | ${verb} \`  item ${i}\`)`)
    return `WITH ${lists.join(', ')} ${loops.join(' ')}`
  }
  return variables
    .map(
      (name, i) =>
        `FOREACH (\`  item ${i}\` IN CASE WHEN ${name} IS NULL THEN [] ELSE [${name}] END | ${verb} \`  item ${i}\`)`,
    )
    .join(' ')
}

function isLast(s: Statement, { from, to }: Pick<Deletion, 'from' | 'to'>): boolean {
  return s.enclosing(from) === -1 && to === s.tokens.length
}

function isRelationship(s: Statement, name: string): boolean {
  return s.tokens.some(({ text }, i) => text === name && s.at(i - 1) === '[' && s.at(i - 2) === '-')
}
