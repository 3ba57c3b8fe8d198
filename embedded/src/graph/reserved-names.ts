/** Names that Neo4j accepts without backticks and the engine doesn't, because they are keywords. */

import { quoted } from '../cypher/tokens.ts'

const reserved = new Set(
  'WHERE MATCH RETURN WITH UNION SET AND IN AS NULL DISTINCT NOT IS CASE CREATE OPTIONAL THEN OR TRUE FALSE DELETE MERGE REMOVE DETACH UNWIND XOR WHEN ELSE'.split(
    ' ',
  ),
)

/** Whether the engine takes a bare name for a keyword. */
export function isReserved(name: string): boolean {
  return reserved.has(name.toUpperCase())
}

/** A name as the engine reads it: in backticks if it would be a keyword. */
export function engineName(name: string): string {
  return isReserved(name) ? quoted(name) : name
}
