import { ConfigurationError } from '@boltline/core'
import { callback, checkedOptions, choice, flag, found, isGiven } from '@boltline/core/options'
import type { Span } from '@opentelemetry/api'
import type { CallInfo } from './call-info.ts'
import { guarded, guardedResult } from './guard.ts'

/**
 * The level of detail of a trace.
 *
 * - `operation`: one span per API call and per query
 * - `attempt`: also the attempts of managed transactions, waits for a connection, connections being opened, routing
 * - `message`: also every acquisition, BEGIN, RUN, PULL, COMMIT and ROLLBACK
 */
export type Detail = 'operation' | 'attempt' | 'message'

/** Decides whether a span shows a query parameter: true shows the value, a string is shown instead of it, undefined or false hide it. */
export type ParameterFilter = (key: string, value: unknown) => boolean | string | null | undefined

/**
 * Settings of {@link BoltlineInstrumentation}. All are optional. Functions cannot break a query or end the process: an error that
 * one throws or rejects with is logged once through `diag`. Hooks may be async, but the driver does not wait for them.
 */
export interface BoltlineInstrumentationOptions {
  /** Whether to start when constructed. Default: true. */
  readonly enabled?: boolean
  /** The level of detail of traces. Default: `'attempt'`. */
  readonly detail?: Detail
  /**
   * `'tx-metadata'` adds a W3C `traceparent` (and `tracestate`) to the metadata of transactions, which `SHOW TRANSACTIONS` and the
   * query log show. The caller's own metadata under these names takes precedence. Default: false.
   */
  readonly propagate?: 'tx-metadata' | false
  /**
   * Query parameters that spans show as `db.query.parameter.<key>`: a list of keys, or a function that decides for each. Values
   * are truncated to 256 characters. If the function fails or returns another type, the parameter is hidden. Default: false,
   * none.
   */
  readonly parameters?: false | readonly string[] | ParameterFilter
  /** Whether to create spans only if a parent span is active. Metrics are not affected. Default: false. */
  readonly requireParentSpan?: boolean
  /** Called when the span of a call or query has started. A returned promise is not awaited; a failure is logged once. */
  readonly requestHook?: (span: Span, info: CallInfo) => void
  /**
   * Called before the span of a successful call or query ends. It gets counts but no records. Changes to the span after an
   * `await` have no effect, because the span has ended by then. A failure is logged once.
   */
  readonly responseHook?: (span: Span, info: CallInfo) => void
  /** Called before the span of a failed call or query ends. Awaits and failures are handled as for `responseHook`. */
  readonly errorHook?: (span: Span, error: unknown, info: CallInfo) => void
  /**
   * Returns the span name. Keep the number of distinct names small. If it fails or returns no string, the default is used:
   * the query summary, or the kind of the call and its database.
   */
  readonly spanName?: (info: CallInfo) => string | undefined
  /**
   * Returns the summary of a query (`db.query.summary`). Called once per text while the text is cached. If it fails or returns no
   * string, `summarizeCypher` is used. Default: `summarizeCypher`.
   */
  readonly summarizer?: (text: string) => string | undefined
  /**
   * Returns the `db.query.text` of a query; undefined hides it. Called once per text while the text is cached. If it fails or
   * returns no string, the text is hidden. Default: the text itself if it takes its values from parameters, otherwise
   * `maskCypher`.
   */
  readonly sanitizer?: (text: string) => string | undefined
  /** Returns true for calls and queries without spans and metrics. If it fails or returns no boolean, the call is traced. Default: none. */
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

/** The checked options with defaults filled in. Their functions are wrapped so that they do not throw. */
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

/** @throws ConfigurationError of `@boltline/core` if an option is unknown or invalid */
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
    spanName: guardedResult(
      'spanName',
      callback<(info: CallInfo) => string>('spanName', options.spanName),
      'a string',
      isText,
    ),
    summarizer: guardedResult('summarizer', callback<TextOf>('summarizer', options.summarizer), 'a string', isText),
    sanitizer: guardedResult('sanitizer', callback<TextOf>('sanitizer', options.sanitizer), 'a string', isText),
    ignore: guardedResult(
      'ignore',
      callback<(info: CallInfo) => boolean>('ignore', options.ignore),
      'a boolean',
      isFlag,
    ),
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
    return guardedResult('parameters', given as ParameterFilter, 'a boolean or a string', fits) ?? null
  }
  if (!Array.isArray(given) || !given.every((key) => typeof key === 'string')) {
    throw new ConfigurationError(`parameters must be false, a list of keys or a function, found ${found(given)}`)
  }
  const keys: ReadonlySet<string> = new Set(given)
  return (key) => keys.has(key)
}
