/** The refusal of queries that the embedded graph doesn't support or would answer differently than Neo4j. */

import { ServerFailure } from '../bolt-server/query-handler.ts'

/** Thrown for a query that needs a real Neo4j. Its code is specific to this package: Neo4j has none for it. */
export class Gap extends ServerFailure {
  /**
   * @param what - the missing feature, in the plural: `named time zones`
   * @param where - its position in the query, without values
   */
  constructor(what: string, where?: string) {
    super(
      'Neo.ClientError.Statement.NotInEmbeddedGraph',
      `The embedded graph has no ${what}, or not as Neo4j has them${where === undefined ? '' : `: ${where}`}. Run this query on a real Neo4j.`,
    )
  }
}
