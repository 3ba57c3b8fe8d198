import { ConfigurationError, type OperationMessage, type QueryMessage } from '@boltline/core'
import { callback, checkedOptions, choice, flag, found, isGiven } from '@boltline/core/options'
import type { Span } from '@opentelemetry/api'
import { guarded } from './guard.ts'

/** What a span of {@link BoltlineInstrumentation} is about: a call of the API, or a query in a transaction. For reading. */
export type CallInfo = OperationMessage | QueryMessage

/**
 * How much of a call the trace shows.
 *
 * - `operation`: one span per call of the API and per query
 * - `attempt`: also the attempts of managed transactions, waits for a connection, connections being opened, routing
 * - `message`: also every acquisition, BEGIN, RUN, PULL, COMMIT and ROLLBACK
 */
export type Detail = 'operation' | 'attempt' | 'message'

/** Says which of a query's parameters a span shows: true for the value itself, a string in its place, nothing for neither. */
export type ParameterFilter = (key: string, value: unknown) => boolean | string | null | undefined

/** Settings of {@link BoltlineInstrumentation}. All are optional. Functions may throw: that is logged once, and goes no further. */
export interface BoltlineInstrumentationOptions {
  /** Whether to start at once. Default: true. */
  readonly enabled?: boolean
  /** Default: `'attempt'`. */
  readonly detail?: Detail
  /**
   * `'tx-metadata'`: the transaction's metadata gets a W3C `traceparent` (and `tracestate`), which `SHOW TRANSACTIONS` and the
   * query log show. What the caller gives under these names wins. Default: false.
   */
  readonly propagate?: 'tx-metadata' | false
  /**
   * Which parameters spans show as `db.query.parameter.<key>`: those named, or those the function admits. At most 256
   * characters of each. Default: false, none.
   */
  readonly parameters?: false | readonly string[] | ParameterFilter
  /** Whether to make spans only below a span of the caller's. Metrics are not affected. Default: false. */
  readonly requireParentSpan?: boolean
  /** Called when the span of a call or query has begun. */
  readonly requestHook?: (span: Span, info: CallInfo) => void
  /** Called before the span of a call or query that has succeeded ends. It sees no records: none are kept. */
  readonly responseHook?: (span: Span, info: CallInfo) => void
  /** Called before the span of a call or query that has failed ends. */
  readonly errorHook?: (span: Span, error: unknown, info: CallInfo) => void
  /** The name of a span, in place of its summary. Keep the number of names small. */
  readonly spanName?: (info: CallInfo) => string | undefined
  /** The summary of a query (`db.query.summary`), in place of ours. Called once per text, for as long as it is remembered. */
  readonly summarizer?: (text: string) => string | undefined
  /**
   * What `db.query.text` shows of a query; undefined: nothing. Called once per text, for as long as it is remembered. Default:
   * the text itself where it takes its values from parameters, else with its literals masked.
   */
  readonly sanitizer?: (text: string) => string | undefined
  /** Calls and queries to make neither spans nor metrics of. */
  readonly ignore?: (info: CallInfo) => boolean
  /** Whether to record metrics. Default: true. */
  readonly metrics?: boolean
}

const KEYS = [
  'enabled',
  'detail',
  'propagate',
  'parameters',
  'requireParentSpan',
  'requestHook',
  'responseHook',
  'errorHook',
  'spanName',
  'summarizer',
  'sanitizer',
  'ignore',
  'metrics',
] as const satisfies readonly (keyof BoltlineInstrumentationOptions)[]

/** The options, checked, with what is not given filled in; the functions can't throw any more. */
export interface Settings {
  readonly detail: Detail
  readonly propagate: boolean
  readonly parameters: ParameterFilter | null
  readonly requireParentSpan: boolean
  readonly requestHook: ((span: Span, info: CallInfo) => void) | undefined
  readonly responseHook: ((span: Span, info: CallInfo) => void) | undefined
  readonly errorHook: ((span: Span, error: unknown, info: CallInfo) => void) | undefined
  readonly spanName: ((info: CallInfo) => string | undefined) | undefined
  readonly summarizer: ((text: string) => string | undefined) | undefined
  readonly sanitizer: ((text: string) => string | undefined) | undefined
  readonly ignore: ((info: CallInfo) => boolean | undefined) | undefined
  readonly metrics: boolean
}

/** @throws ConfigurationError of `@boltline/core`, naming the option */
export function parseInstrumentationOptions(given: unknown): Settings {
  const options = checkedOptions(given, KEYS, 'BoltlineInstrumentation')
  flag('enabled', options.enabled, true)
  const hook = <Hook extends (...args: never[]) => unknown>(name: keyof typeof options) =>
    guarded(name, callback<Hook>(name, options[name]))
  return {
    detail: choice('detail', options.detail, DETAILS, 'attempt'),
    propagate: options.propagate !== false && choice('propagate', options.propagate, PROPAGATION, false) !== false,
    parameters: parameterFilter(options.parameters),
    requireParentSpan: flag('requireParentSpan', options.requireParentSpan, false),
    requestHook: hook('requestHook'),
    responseHook: hook('responseHook'),
    errorHook: hook('errorHook'),
    spanName: hook('spanName'),
    summarizer: hook('summarizer'),
    sanitizer: hook('sanitizer'),
    ignore: hook('ignore'),
    metrics: flag('metrics', options.metrics, true),
  }
}

const DETAILS: readonly Detail[] = ['operation', 'attempt', 'message']
const PROPAGATION = ['tx-metadata'] as const

function parameterFilter(given: unknown): ParameterFilter | null {
  if (!isGiven(given) || given === false) return null
  if (typeof given === 'function') return guarded('parameters', given as ParameterFilter)
  if (!Array.isArray(given) || !given.every((key) => typeof key === 'string')) {
    throw new ConfigurationError(`parameters must be false, a list of keys or a function, found ${found(given)}`)
  }
  const keys: ReadonlySet<string> = new Set(given)
  return (key) => keys.has(key)
}
