/** Summaries as TestKit reads them. */

import type { EagerResult, GqlStatusObject, ResultSummary, ServerInfo, SummaryNotification } from '@boltline/core'
import { metadataMapToTestKit, toTestKit, toTestKitMap } from './cypher-values.ts'

export function summaryToTestKit(summary: ResultSummary): object {
  return {
    serverInfo: serverInfoToTestKit(summary.server),
    counters: { ...summary.counters },
    database: summary.database,
    // The driver keeps "the server sent no list" apart from an empty list.
    notifications: summary.notifications === null ? null : summary.summaryNotifications.map(notificationToTestKit),
    gqlStatusObjects: summary.gqlStatusObjects.map(statusToTestKit),
    plan: summary.plan,
    profile: summary.profile,
    query: { text: summary.query, parameters: toTestKitMap(summary.parameters) },
    queryType: summary.queryType,
    resultAvailableAfter: summary.resultAvailableAfter,
    resultConsumedAfter: summary.resultConsumedAfter,
  }
}

export function serverInfoToTestKit({ address, agent, protocolVersion }: ServerInfo): object {
  return { address: String(address), agent, protocolVersion: protocolVersion.join('.') }
}

export function eagerResultToTestKit({ keys, records, summary }: EagerResult): object {
  return { keys, records: records.map(recordToTestKit), summary: summaryToTestKit(summary) }
}

export function recordToTestKit(record: Iterable<unknown>): object {
  return { values: [...record].map(toTestKit) }
}

function notificationToTestKit(notification: SummaryNotification): object {
  const { position, rawSeverityLevel, ...parts } = notification
  return { ...parts, rawSeverityLevel, severity: rawSeverityLevel, ...(position !== null && { position }) }
}

function statusToTestKit(status: GqlStatusObject): object {
  return { ...status, diagnosticRecord: metadataMapToTestKit(status.diagnosticRecord) }
}
