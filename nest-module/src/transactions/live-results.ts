/** Detects values that are read lazily; returned from a transaction they would be read after its end. */

import { StreamEscapesTransactionError } from '../errors.ts'

/** @throws StreamEscapesTransactionError for streams, cursors, generators and Observables */
export function refuseLive(value: unknown, initiator: string): void {
  const kind = kindOf(value)
  if (kind === undefined) return
  throw new StreamEscapesTransactionError(
    `${initiator} returned ${kind}, which would be read after its transaction. Read it inside and return what was read, or make the method an async generator, whose transaction lasts until it is read${kind === 'an Observable' ? " (for a method that returns an Observable: returns: 'observable')" : ''}`,
  )
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (has(value, 'subscribe')) return 'an Observable'
  if (has(value, 'pipe')) return 'a stream'
  return has(value, Symbol.asyncIterator) ? 'a live result' : undefined
}

/** Checks `in` before reading a property, because some proxies throw for unknown ones. */
function has(value: object, method: string | symbol): boolean {
  return method in value && typeof (value as Record<string | symbol, unknown>)[method] === 'function'
}
