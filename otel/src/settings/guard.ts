/** Keeps hooks and channel subscribers from breaking a query: what each throws or rejects with is logged once. */

import { diag } from '@opentelemetry/api'

type AnyFunction = (...args: never[]) => unknown

/**
 * Wraps a function so that it returns undefined instead of throwing. A rejection of a promise that it returns is logged too:
 * unhandled, it would end the process.
 */
export function guarded<F extends AnyFunction>(name: string, fn: F): F
export function guarded<F extends AnyFunction>(name: string, fn: F | undefined): F | undefined
export function guarded(name: string, fn: AnyFunction | undefined): unknown {
  if (fn === undefined) return undefined
  const report = reporter(name)
  return (...args: never[]) => {
    try {
      return logRejection(fn(...args), report)
    } catch (error) {
      report(`threw: ${reasonOf(error)}`)
      return undefined
    }
  }
}

/** Like `guarded`, for a function whose result is used. A result that `fits` rejects, such as a promise, is logged once and becomes undefined. */
export function guardedResult<F extends AnyFunction>(
  name: string,
  fn: F | undefined,
  expected: string,
  fits: (value: unknown) => boolean,
): F | undefined {
  if (fn === undefined) return undefined
  const report = reporter(name)
  const answer = (...args: never[]): unknown => {
    try {
      const value = fn(...args)
      if (value === undefined || value === null) return undefined
      if (fits(value)) return value
      report(
        `gave ${isThenable(value) ? 'a promise' : `a ${typeof value}`}, which is not used; it must give ${expected} at once`,
      )
      logRejection(value, () => undefined)
    } catch (error) {
      report(`threw: ${reasonOf(error)}`)
    }
    return undefined
  }
  return answer as F
}

function logRejection(value: unknown, report: (what: string) => void): unknown {
  if (isThenable(value)) {
    Promise.resolve(value).catch((error: unknown) => report(`gave a promise that was rejected: ${reasonOf(error)}`))
  }
  return value
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}

function reporter(name: string): (what: string) => void {
  let reported = false
  return (what) => {
    if (reported) return
    reported = true
    try {
      diag.error(
        `@boltline/opentelemetry: ${name} ${what}. The query goes on; further failures of ${name} are not logged`,
      )
    } catch {
      // The logger behind `diag` is application code that may throw as well, and there is nowhere else to report to.
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : typeof error
}
