/**
 * Whether a query plainly writes: it has a clause that changes the graph. Read without a grammar, so it errs on the side of
 * silence; the server has the last word. Strings, comments, names in backticks, and words that are properties, labels,
 * parameters or aliases are no clauses.
 */

/** What has no clauses in it: comments, strings, quoted names. */
const OPAQUE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`/g

/** A clause's keyword, with what has to follow it, and nothing before it that would make it a name. */
const CLAUSE =
  /(?<![.:$&|!\w])\b(?:(?:CREATE|MERGE)\s*(?=[(\w])|(?:DETACH\s+)?DELETE\s+(?=\w)|SET\s+(?=[\w(])|REMOVE\s+(?=[\w(])|FOREACH\s*(?=\()|DROP\s+(?=\w))/gi

const ALIAS = /\bAS\s+$/i

/** The keyword of the first clause that writes, or undefined when none is found. */
export function updatingClause(query: string): string | undefined {
  const text = query.replace(OPAQUE, ' _ ')
  for (const match of text.matchAll(CLAUSE)) {
    if (ALIAS.test(text.slice(0, match.index))) continue
    return match[0].trim().replace(/\s+/g, ' ').toUpperCase()
  }
  return undefined
}
