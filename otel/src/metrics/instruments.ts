import type { Counter, Histogram, Meter, ObservableGauge, ObservableUpDownCounter } from '@opentelemetry/api'
import { instruments, ownInstruments } from '../conventions/semconv.ts'

/** The instruments of one meter. */
export interface Instruments {
  readonly operationDuration: Histogram
  readonly returnedRows: Histogram
  readonly createTime: Histogram
  readonly waitTime: Histogram
  readonly useTime: Histogram
  readonly timeouts: Counter
  readonly retries: Counter
  readonly transactionDuration: Histogram
  readonly bytes: Counter
  readonly bookmarkWait: Histogram
  readonly routingDuration: Histogram
  readonly connectionsClosed: Counter
  readonly notifications: Counter
  readonly observed: ObservedInstruments
}

/** Observable instruments, read at each collection. */
export interface ObservedInstruments {
  readonly count: ObservableUpDownCounter
  readonly idleMax: ObservableUpDownCounter
  readonly idleMin: ObservableUpDownCounter
  readonly limit: ObservableUpDownCounter
  readonly pending: ObservableUpDownCounter
  readonly routingServers: ObservableGauge
}

interface Description {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly buckets?: readonly number[]
}

export function createInstruments(meter: Meter): Instruments {
  const options = ({ unit, description, buckets }: Description) => ({
    unit,
    description,
    ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }),
  })
  const histogram = (of: Description) => meter.createHistogram(of.name, options(of))
  const counter = (of: Description) => meter.createCounter(of.name, options(of))
  const observed = (of: Description) => meter.createObservableUpDownCounter(of.name, options(of))
  return {
    operationDuration: histogram(instruments.operationDuration),
    returnedRows: histogram(instruments.returnedRows),
    createTime: histogram(instruments.createTime),
    waitTime: histogram(instruments.waitTime),
    useTime: histogram(instruments.useTime),
    timeouts: counter(instruments.connectionTimeouts),
    retries: counter(ownInstruments.retries),
    transactionDuration: histogram(ownInstruments.transactionDuration),
    bytes: counter(ownInstruments.bytes),
    bookmarkWait: histogram(ownInstruments.bookmarkWait),
    routingDuration: histogram(ownInstruments.routingDuration),
    connectionsClosed: counter(ownInstruments.connectionsClosed),
    notifications: counter(ownInstruments.notifications),
    observed: {
      count: observed(instruments.connectionCount),
      idleMax: observed(instruments.connectionIdleMax),
      idleMin: observed(instruments.connectionIdleMin),
      limit: observed(instruments.connectionLimit),
      pending: observed(instruments.pendingRequests),
      routingServers: meter.createObservableGauge(
        ownInstruments.routingServers.name,
        options(ownInstruments.routingServers),
      ),
    },
  }
}
