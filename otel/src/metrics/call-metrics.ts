/** Metrics of calls, queries and transactions. Recorded whether or not their spans are sampled. */

import type {
  NotificationMessage,
  OperationMessage,
  QueryMessage,
  RetryMessage,
  StepMessage,
  TransactionMessage,
} from '@boltline/core'
import type { Attributes } from '@opentelemetry/api'
import { serverAttributes } from '../conventions/attributes.ts'
import { failureAttributes, failureOf } from '../conventions/failure.ts'
import { attributes, ownAttributes } from '../conventions/semconv.ts'
import type { Digests } from '../cypher/digest.ts'
import { type CallInfo, operationOf } from '../settings/call-info.ts'
import { CardinalityLimit } from './cardinality-limit.ts'
import type { Instruments } from './instruments.ts'

export class CallMetrics {
  readonly #instruments: () => Instruments
  readonly #digests: Digests
  readonly #suppressed: (info: CallInfo) => boolean
  readonly #started = new WeakMap<StepMessage, number>()
  readonly #summaries = new CardinalityLimit(500)
  readonly #databases = new CardinalityLimit(100)
  readonly #errors = new CardinalityLimit(200)

  constructor(instruments: () => Instruments, digests: Digests, suppressed: (info: CallInfo) => boolean) {
    this.#instruments = instruments
    this.#digests = digests
    this.#suppressed = suppressed
  }

  started(step: StepMessage): void {
    this.#started.set(step, performance.now())
  }

  operationEnded(operation: OperationMessage): void {
    const seconds = this.#secondsOf(operation)
    if (seconds === undefined || this.#suppressed(operation)) return
    if (operation.text !== undefined) return this.#recordQuery(operation, operation.text, seconds, operation.query)
    const outcome = operation.error === undefined ? operation.outcome : undefined
    this.#instruments().transactionDuration.record(seconds, {
      ...this.#common(operation),
      [attributes.operation]: operation.kind,
      [ownAttributes.accessMode]: operation.mode,
      ...(outcome !== undefined && { [ownAttributes.outcome]: outcome }),
    })
  }

  queryEnded(query: QueryMessage): void {
    const seconds = this.#secondsOf(query)
    if (seconds === undefined || operationOf(query).text !== undefined || this.#suppressed(query)) return
    this.#recordQuery(query, query.text, seconds, query)
  }

  /** Records the bookmark wait: the server answers a BEGIN with bookmarks once it has caught up with them. */
  transactionStepEnded(step: TransactionMessage): void {
    const seconds = this.#secondsOf(step)
    if (seconds === undefined || step.request !== 'BEGIN' || step.bookmarks === 0 || step.error !== undefined) return
    const operation = 'operation' in step.parent ? step.parent.operation : step.parent
    if (this.#suppressed(operation)) return
    this.#instruments().bookmarkWait.record(seconds, this.#common(operation))
  }

  retried({ operation, error }: RetryMessage): void {
    if (this.#suppressed(operation)) return
    this.#instruments().retries.add(1, {
      ...serverAttributes(operation.driver),
      [attributes.errorType]: this.#errors.of(failureOf(error).type),
    })
  }

  notified({ driver, query, notification }: NotificationMessage): void {
    if (this.#suppressed(operationOf(query))) return
    this.#instruments().notifications.add(1, {
      ...serverAttributes(driver),
      [ownAttributes.severity]: notification.severityLevel,
      [ownAttributes.category]: notification.category,
    })
  }

  #recordQuery(info: CallInfo, text: string, seconds: number, query: QueryMessage | null): void {
    const { operationDuration, returnedRows } = this.#instruments()
    const { summary } = this.#digests.of(text)
    const about = this.#common(info)
    if (summary !== null) about[attributes.querySummary] = this.#summaries.of(summary)
    operationDuration.record(seconds, about)
    if (query !== null && info.error === undefined) returnedRows.record(query.records, about)
  }

  #common(info: CallInfo): Attributes {
    const about = serverAttributes(info.driver)
    if (info.database !== null) about[attributes.namespace] = this.#databases.of(info.database)
    if (info.error === undefined) return about
    const failure = failureOf(info.error)
    return Object.assign(about, failureAttributes({ ...failure, type: this.#errors.of(failure.type) }))
  }

  #secondsOf(step: StepMessage): number | undefined {
    const started = this.#started.get(step)
    return started === undefined ? undefined : (performance.now() - started) / 1000
  }
}
