/** DELETE of what may be null, which Neo4j passes over and the engine refuses; and of several things, in an order that suits the engine. */

import type { Statement } from '../cypher/statement.ts'
import type { Edit } from './edits.ts'

/** Whether nodes may be deleted before their relationships, which Neo4j looks at when all is done. */
export function deletesSeveral(s: Statement): boolean {
  return (
    s.tokens.some((_, i) => s.clauseOf(i) === 'DELETE' && s.at(i) === ',') ||
    s.tokens.filter((_, i) => s.clause(i) === 'DELETE').length > 1
  )
}

interface Deletion {
  /** The first token: DETACH or DELETE. */
  readonly from: number
  /** The first token behind it. */
  readonly to: number
  readonly detach: boolean
  /** The texts of what is deleted: names, and `null`. */
  readonly items: readonly string[]
}

/** Deletes by lists, in which there is no null. */
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

/** Where null can come from. Without any of these a deleted variable is one that a pattern has bound. */
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
  // What goes on is an expression, such as `list[0]`: that is for the engine to refuse.
  const ends = to === s.tokens.length || s.clause(to) !== '' || /^[)}]$/.test(s.at(to))
  return ends ? { from: detach ? i - 1 : i, to, detach, items } : null
}

function inLists(s: Statement, { from, to, detach, items }: Deletion): string {
  const verb = detach ? 'DETACH DELETE' : 'DELETE'
  const names = [...new Set(items.filter((item) => item.toUpperCase() !== 'NULL'))]
  if (names.length === 0) return 'FOREACH (`  none` IN [] | CREATE ())'
  // Relationships first: the engine looks at once whether a node still has some.
  names.sort((a, b) => Number(isRelationship(s, b)) - Number(isRelationship(s, a)))
  if (isLast(s, { from, to })) {
    const lists = names.map((name, i) => `collect(DISTINCT ${name}) AS \`  list ${i}\``)
    const loops = names.map((_, i) => `FOREACH (\`  item ${i}\` IN \`  list ${i}\` | ${verb} \`  item ${i}\`)`)
    return `WITH ${lists.join(', ')} ${loops.join(' ')}`
  }
  return names
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
