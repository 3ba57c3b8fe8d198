import { ConfigurationError, type OperationMessage, type QueryMessage } from '@boltline/core'
import { callback, checkedOptions, choice, flag, found, isGiven } from '@boltline/core/options'
import type { Span } from '@opentelemetry/api'
import { answering, guarded } from './guard.ts'

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

/**
 * Settings of {@link BoltlineInstrumentation}. All are optional. No function of them can break a query or end the process: what one
 * throws, or what a promise of it rejects with, is logged once through `diag`. Hooks may be asynchronous, but nothing waits for them.
 */
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
   * characters of each. Where the function fails, or gives anything else, the parameter is not shown. Default: false, none.
   */
  readonly parameters?: false | readonly string[] | ParameterFilter
  /** Whether to make spans only below a span of the caller's. Metrics are not affected. Default: false. */
  readonly requireParentSpan?: boolean
  /** Called when the span of a call or query has begun. Nothing waits for a promise that it gives; a failure is logged once. */
  readonly requestHook?: (span: Span, info: CallInfo) => void
  /**
   * Called before the span of a call or query that has succeeded ends. It sees no records: none are kept. What it does to the span behind
   * an `await` comes too late. A failure is logged once.
   */
  readonly responseHook?: (span: Span, info: CallInfo) => void
  /** Called before the span of a call or query that has failed ends; as `responseHook`. */
  readonly errorHook?: (span: Span, error: unknown, info: CallInfo) => void
  /** The name of a span, in place of its summary. Keep the number of names small. Where it fails or gives no text, the summary stays. */
  readonly spanName?: (info: CallInfo) => string | undefined
  /**
   * The summary of a query (`db.query.summary`), in place of ours. Called once per text, for as long as it is remembered. Where it fails
   * or gives no text, ours stays.
   */
  readonly summarizer?: (text: string) => string | undefined
  /**
   * What `db.query.text` shows of a query; undefined: nothing. Called once per text, for as long as it is remembered. Default:
   * the text itself where it takes its values from parameters, else with its literals masked. Where it fails or gives no text, the span
   * shows none.
   */
  readonly sanitizer?: (text: string) => string | undefined
  /** Calls and queries to make neither spans nor metrics of. Where it fails or gives no boolean, the call is not ignored. */
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
    spanName: answering(
      'spanName',
      callback<(info: CallInfo) => string>('spanName', options.spanName),
      'a string',
      isText,
    ),
    summarizer: answering('summarizer', callback<TextOf>('summarizer', options.summarizer), 'a string', isText),
    sanitizer: answering('sanitizer', callback<TextOf>('sanitizer', options.sanitizer), 'a string', isText),
    ignore: answering('ignore', callback<(info: CallInfo) => boolean>('ignore', options.ignore), 'a boolean', isFlag),
    metrics: flag('metrics', options.metrics, true),
  }
}

type TextOf = (text: string) => string | undefined

const isText = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'

const DETAILS: readonly Detail[] = ['operation', 'attempt', 'message']
const PROPAGATION = ['tx-metadata'] as const

function parameterFilter(given: unknown): ParameterFilter | null {
  if (!isGiven(given) || given === false) return null
  if (typeof given === 'function') {
    const fits = (value: unknown) => isFlag(value) || isText(value)
    return answering('parameters', given as ParameterFilter, 'a boolean or a string', fits) ?? null
  }
  if (!Array.isArray(given) || !given.every((key) => typeof key === 'string')) {
    throw new ConfigurationError(`parameters must be false, a list of keys or a function, found ${found(given)}`)
  }
  const keys: ReadonlySet<string> = new Set(given)
  return (key) => keys.has(key)
}
