/**
 * The channels of `node:diagnostics_channel` on which the driver publishes what it does. They are public API. A tracing channel
 * covers a step (`start`, `end`, `asyncStart`, `asyncEnd`, `error`); a plain channel reports an event.
 *
 * Without subscribers they cost next to nothing: an operation calls {@link watched} once and makes a message only if it returns
 * true; the steps of the operation publish only if the operation has a message. `start` is published in the caller's async
 * context, also if the release by another caller hands the connection over.
 */

import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import { type OperationMessage, type QueryMessage, type RetryMessage, runStep, type StepMessage } from './messages.ts'

type Tracing = TracingChannel<unknown, StepMessage>

/** The channels, by the last part of their names `boltline:…`. */
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

/** Whether an event of the tracing channel has subscribers. Each `hasSubscribers` is a property read, which the compiler inlines. */
function hasSubscribers(tracing: Tracing): boolean {
  return (
    tracing.start.hasSubscribers ||
    tracing.asyncEnd.hasSubscribers ||
    tracing.error.hasSubscribers ||
    tracing.end.hasSubscribers ||
    tracing.asyncStart.hasSubscribers
  )
}

/** Whether any channel of operations, or of steps inside them, has subscribers. */
export function watched(): boolean {
  return (
    hasSubscribers(channels.operation) ||
    hasSubscribers(channels.query) ||
    hasSubscribers(channels.attempt) ||
    hasSubscribers(channels.transaction) ||
    hasSubscribers(channels.acquire) ||
    hasSubscribers(channels.pull) ||
    channels.retry.hasSubscribers ||
    channels.notification.hasSubscribers
  )
}

/** Whether the channel of opening connections has subscribers. */
export function connectWatched(): boolean {
  return hasSubscribers(channels.connect)
}

/** Whether the channel of routing table requests has subscribers. */
export function routingWatched(): boolean {
  return hasSubscribers(channels.routing)
}

/** Whether the channel of acquisitions has subscribers; for acquisitions outside of operations. */
export function acquireWatched(): boolean {
  return hasSubscribers(channels.acquire)
}

/** Publishes the start of a step that runs no code of the caller; {@link finish} or {@link fail} ends it. */
export function begin(tracing: Tracing, message: StepMessage): void {
  tracing.start.publish(message)
  tracing.end.publish(message)
}

/** Publishes the end of a step. Only the first end counts. */
export function finish(tracing: Tracing, message: StepMessage): void {
  if (message.ended) return
  message.ended = true
  tracing.asyncStart.publish(message)
  tracing.asyncEnd.publish(message)
}

/** Publishes the failure of a step. Only the first end counts. */
export function fail(tracing: Tracing, message: StepMessage, error: unknown): void {
  if (message.ended) return
  message.error = error
  tracing.error.publish(message)
  finish(tracing, message)
}

/** Publishes the failure of a query. */
export function failQuery(query: QueryMessage, error: unknown): void {
  query.outcome ??= 'failed'
  fail(channels.query, query, error)
}

/**
 * Runs the code of a step inside the functions that subscribers passed to `runInside`. A failure ends the step; after a success
 * the step goes on until {@link finish} or {@link fail}.
 */
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

/** Runs the code of a step; the step ends with it. */
export async function trace<T>(tracing: Tracing, message: StepMessage, work: () => Promise<T>): Promise<T> {
  const value = await enter(tracing, message, work)
  finish(tracing, message)
  return value
}

/** Publishes that an attempt failed and another will follow. */
export function publishRetry(operation: OperationMessage, error: unknown, attempt: number, delay: number): void {
  const message: RetryMessage = { driver: operation.driver, operation, attempt, error, delay }
  channels.retry.publish(message)
}
