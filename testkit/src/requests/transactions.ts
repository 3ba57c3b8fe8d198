/** Transactions: explicit and managed ones. */

import type { AnyTransaction, Conversation } from '../conversation.ts'
import { type CypherMap, fromTestKitMap } from '../cypher-values.ts'
import { MissingMethodError } from '../errors.ts'
import { respondWithResult } from './results.ts'

interface OfTransaction {
  readonly txId: number
}

interface TransactionRun extends OfTransaction {
  readonly cypher: string
  readonly params: CypherMap | null
}

async function transactionRun({ txId, cypher, params }: TransactionRun, talk: Conversation): Promise<void> {
  const parameters = params === null ? null : fromTestKitMap(params)
  respondWithResult(await talk.transactions.get(txId).run(cypher, parameters), talk)
}

/** Ends a transaction the way TestKit wants. The transaction of a unit of work has no such methods. */
function ending(method: 'commit' | 'rollback' | 'close') {
  return async ({ txId }: OfTransaction, talk: Conversation): Promise<void> => {
    const transaction: AnyTransaction = talk.transactions.get(txId)
    if (transaction[method] === undefined) {
      throw new MissingMethodError(`${transaction.constructor.name} has no method ${method}`)
    }
    await transaction[method]()
    talk.respond('Transaction', { id: txId })
  }
}

export const transactionRequests = {
  TransactionRun: transactionRun,
  TransactionCommit: ending('commit'),
  TransactionRollback: ending('rollback'),
  TransactionClose: ending('close'),
}
