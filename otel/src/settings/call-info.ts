import type { OperationMessage, QueryMessage } from '@boltline/core'

/** The subject of a span of {@link BoltlineInstrumentation}: an API call, or a query in a transaction. Read-only. */
export type CallInfo = OperationMessage | QueryMessage

/** Returns the API call that a query belongs to; the call itself for a call. */
export function operationOf(info: CallInfo): OperationMessage {
  if (!('parent' in info)) return info
  return 'operation' in info.parent ? info.parent.operation : info.parent
}
