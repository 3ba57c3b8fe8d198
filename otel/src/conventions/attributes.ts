/** Span and metric attributes of drivers, servers and queries. */

import type { DriverIdentity, QueryMessage, ServerPeer } from '@boltline/core'
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { QueryDigest } from '../cypher/digest.ts'
import { type CallInfo, operationOf } from '../settings/call-info.ts'
import type { ParameterFilter } from '../settings/options.ts'
import { attributes, DEFAULT_PORT, ownAttributes, SYSTEM } from './semconv.ts'

/** Maximum length of a parameter value; longer ones are truncated. */
const LONGEST_VALUE = 256

/** The logical server: the address the driver was created with, whichever cluster member runs the query. */
export function serverAttributes({ host, port }: DriverIdentity): Attributes {
  const server: Attributes = { [attributes.system]: SYSTEM, [attributes.serverAddress]: host }
  if (port !== DEFAULT_PORT) server[attributes.serverPort] = port
  return server
}

/** Attributes known when a call or query starts. They are set at span creation, so samplers see them. */
export function callAttributes(info: CallInfo, digest: QueryDigest | null): Attributes {
  const operation = operationOf(info)
  const call = serverAttributes(info.driver)
  if (info.database !== null) call[attributes.namespace] = info.database
  if (digest === null) call[attributes.operation] = operation.kind
  else {
    if (digest.text !== null) call[attributes.queryText] = digest.text
    if (digest.summary !== null) call[attributes.querySummary] = digest.summary
  }
  call[ownAttributes.accessMode] = info.mode
  call[ownAttributes.driver] = info.driver.id
  if (operation.impersonated) call[ownAttributes.impersonated] = true
  return call
}

/** Attributes known when a query has ended. */
export function queryAttributes(query: QueryMessage): Attributes {
  const known: Attributes = { ...peerAttributes(query.server), [attributes.namespace]: query.database ?? undefined }
  known[ownAttributes.boltVersion] = query.server.boltVersion
  known[ownAttributes.pulls] = query.batches
  known[ownAttributes.resultOutcome] = query.outcome
  known[ownAttributes.availableMs] = query.availableAfter
  known[ownAttributes.consumedMs] = query.consumedAfter
  if (query.bookmarks > 0) known[ownAttributes.bookmarks] = query.bookmarks
  return known
}

/** The server that answered. */
export function peerAttributes({ remoteAddress }: ServerPeer): Attributes {
  if (remoteAddress === undefined) return {}
  const colon = remoteAddress.lastIndexOf(':')
  const host = remoteAddress.slice(0, colon)
  return {
    [attributes.peerAddress]: host.startsWith('[') ? host.slice(1, -1) : host,
    [attributes.peerPort]: Number(remoteAddress.slice(colon + 1)),
  }
}

/** The parameters that the filter shows. */
export function parameterAttributes(parameters: object | undefined, filter: ParameterFilter | null): Attributes {
  const shown: Attributes = {}
  if (filter === null || parameters === undefined) return shown
  const entries = parameters instanceof Map ? parameters : Object.entries(parameters)
  for (const [key, value] of entries as Iterable<[string, unknown]>) {
    const verdict = filter(key, value)
    if (verdict === true) shown[attributes.queryParameter + key] = textOf(value)
    else if (typeof verdict === 'string') shown[attributes.queryParameter + key] = verdict.slice(0, LONGEST_VALUE)
  }
  return shown
}

function textOf(value: unknown): AttributeValue {
  const isObject = typeof value === 'object' && value !== null
  return (isObject ? jsonOf(value) : String(value)).slice(0, LONGEST_VALUE)
}

function jsonOf(value: object): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
}
