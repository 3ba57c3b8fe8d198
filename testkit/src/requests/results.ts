/** Reading results. */

import type { Result } from '@boltline/core'
import type { Conversation } from '../conversation.ts'
import { recordToTestKit, summaryToTestKit } from '../summaries.ts'

interface OfResult {
  readonly resultId: number
}

export function respondWithResult(result: Result, talk: Conversation): void {
  const id = talk.results.put({ result, records: result[Symbol.asyncIterator]() })
  talk.respond('Result', { id, keys: result.keys() })
}

async function resultNext({ resultId }: OfResult, talk: Conversation): Promise<void> {
  const { value, done } = await talk.results.get(resultId).records.next()
  respondWithRecord(done === true ? null : value, talk)
}

async function resultPeek({ resultId }: OfResult, talk: Conversation): Promise<void> {
  respondWithRecord(await talk.results.get(resultId).result.peek(), talk)
}

async function resultSingle({ resultId }: OfResult, talk: Conversation): Promise<void> {
  respondWithRecord(await talk.results.get(resultId).result.single({ strict: true }), talk)
}

async function resultSingleOptional({ resultId }: OfResult, talk: Conversation): Promise<void> {
  const warnings: string[] = []
  const note = (warning: Error) => {
    if (warning.name === 'ResultWarning') warnings.push(warning.message)
  }
  process.on('warning', note)
  try {
    const record = await talk.results.get(resultId).result.single()
    // Node tells of warnings a tick later.
    await new Promise(setImmediate)
    talk.respond('RecordOptional', { record: record === null ? null : recordToTestKit(record), warnings })
  } finally {
    process.off('warning', note)
  }
}

async function resultList({ resultId }: OfResult, talk: Conversation): Promise<void> {
  const { records } = await talk.results.get(resultId).result.toEagerResult()
  talk.respond('RecordList', { records: records.map(recordToTestKit) })
}

async function resultConsume({ resultId }: OfResult, talk: Conversation): Promise<void> {
  talk.respond('Summary', summaryToTestKit(await talk.results.get(resultId).result.consume()))
}

function respondWithRecord(record: Iterable<unknown> | null, talk: Conversation): void {
  if (record === null) talk.respond('NullRecord')
  else talk.respond('Record', recordToTestKit(record))
}

export const resultRequests = {
  ResultNext: resultNext,
  ResultPeek: resultPeek,
  ResultSingle: resultSingle,
  ResultSingleOptional: resultSingleOptional,
  ResultList: resultList,
  ResultConsume: resultConsume,
}
