/** The refusal of what the embedded graph is known to lack, or to answer differently than Neo4j does. */

import { ServerFailure } from '../front/query-handler.ts'

/** Raised for a query that needs a real Neo4j. The code is this package's own: Neo4j has none for it. */
export class Gap extends ServerFailure {
  /**
   * @param what - what is missing, in the plural: `named time zones`
   * @param where - where it was found, without values
   */
  constructor(what: string, where?: string) {
    super(
      'Neo.ClientError.Statement.NotInEmbeddedGraph',
      `The embedded graph has no ${what}, or not as Neo4j has them${where === undefined ? '' : `: ${where}`}. Run this query on a real Neo4j.`,
    )
  }
}
