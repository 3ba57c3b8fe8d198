/**
 * What the driver tells programs that watch it: channels of `node:diagnostics_channel`, public like the rest of the API.
 * Tracing channels accompany a step (`start`, `end`, `asyncStart`, `asyncEnd`, `error`), plain ones tell of a moment.
 *
 * Nobody listening has to cost nothing: an operation asks {@link watched} once and makes no message otherwise; whatever
 * happens inside it goes by whether its operation has one. `start` is published where the call is made, so that a
 * subscriber's context is the caller's, even where a connection is handed over in somebody else's turn.
 */

import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import { type OperationMessage, type QueryMessage, type RetryMessage, runStep, type StepMessage } from './messages.ts'

type Tracing = TracingChannel<unknown, StepMessage>

/** The channels by the last part of their names, `boltline:…`. */
export const channels = {
  operation: tracingChannel('boltline:operation') as Tracing,
  attempt: tracingChannel('boltline:attempt') as Tracing,
  transaction: tracingChannel('boltline:transaction') as Tracing,
  query: tracingChannel('boltline:query') as Tracing,
  pull: tracingChannel('boltline:pull') as Tracing,
  acquire: tracingChannel('boltline:acquire') as Tracing,
  connect: tracingChannel('boltline:connect') as Tracing,
  routing: tracingChannel('boltline:routing') as Tracing,
  pool: channel('boltline:pool'),
  retry: channel('boltline:retry'),
  notification: channel('boltline:notification'),
} as const satisfies { readonly [name: string]: Tracing | Channel }

/** Whether anybody listens to one of the tracing channel's events. Each of them is a read that the compiler folds. */
function heard(tracing: Tracing): boolean {
  return (
    tracing.start.hasSubscribers ||
    tracing.asyncEnd.hasSubscribers ||
    tracing.error.hasSubscribers ||
    tracing.end.hasSubscribers ||
    tracing.asyncStart.hasSubscribers
  )
}

/** Whether anybody wants to know about operations or what happens in them. */
export function watched(): boolean {
  return (
    heard(channels.operation) ||
    heard(channels.query) ||
    heard(channels.attempt) ||
    heard(channels.transaction) ||
    heard(channels.acquire) ||
    heard(channels.pull) ||
    channels.retry.hasSubscribers ||
    channels.notification.hasSubscribers
  )
}

/** Whether anybody wants to know about connections being opened. */
export function connectWatched(): boolean {
  return heard(channels.connect)
}

/** Whether anybody wants to know about searches for routing tables. */
export function routingWatched(): boolean {
  return heard(channels.routing)
}

/** Whether anybody wants to know about acquisitions that belong to no operation. */
export function acquireWatched(): boolean {
  return heard(channels.acquire)
}

/** A step has begun in which no code of the user runs; {@link finish} or {@link fail} ends it. */
export function begin(tracing: Tracing, message: StepMessage): void {
  tracing.start.publish(message)
  tracing.end.publish(message)
}

/** The step is over. Only the first end counts. */
export function finish(tracing: Tracing, message: StepMessage): void {
  if (message.ended) return
  message.ended = true
  tracing.asyncStart.publish(message)
  tracing.asyncEnd.publish(message)
}

/** The step is over, because of `error`. Only the first end counts. */
export function fail(tracing: Tracing, message: StepMessage, error: unknown): void {
  if (message.ended) return
  message.error = error
  tracing.error.publish(message)
  finish(tracing, message)
}

/** A query is over, because of `error`. */
export function failQuery(query: QueryMessage, error: unknown): void {
  query.outcome ??= 'failed'
  fail(channels.query, query, error)
}

/** Runs the code of a step, inside what subscribers ask for. The step fails with it, but outlasts its success. */
export function enter<T>(tracing: Tracing, message: StepMessage, work: () => Promise<T>): Promise<T> {
  const begun = tracing.start.runStores(message, () => {
    try {
      return runStep(message, work)
    } finally {
      tracing.end.publish(message)
    }
  })
  return begun.catch((error: unknown) => {
    fail(tracing, message, error)
    throw error
  })
}

/** Runs the code of a step which ends when that does. */
export async function trace<T>(tracing: Tracing, message: StepMessage, work: () => Promise<T>): Promise<T> {
  const value = await enter(tracing, message, work)
  finish(tracing, message)
  return value
}

/** Tells that an attempt has failed and another will follow. */
export function publishRetry(operation: OperationMessage, error: unknown, attempt: number, delay: number): void {
  const message: RetryMessage = { driver: operation.driver, operation, attempt, error, delay }
  channels.retry.publish(message)
}
