/** Functions of users, and subscribers inside of the driver, must not break a query: what they throw or reject is logged once each. */

import { diag } from '@opentelemetry/api'

type AnyFunction = (...args: never[]) => unknown

/**
 * The function, which gives undefined instead of throwing. What a promise that it gives rejects with is logged too: a promise that is
 * not looked at would end the process.
 */
export function guarded<F extends AnyFunction>(name: string, fn: F): F
export function guarded<F extends AnyFunction>(name: string, fn: F | undefined): F | undefined
export function guarded(name: string, fn: AnyFunction | undefined): unknown {
  if (fn === undefined) return undefined
  const report = reporter(name)
  return (...args: never[]) => {
    try {
      return watched(fn(...args), report)
    } catch (error) {
      report(`threw: ${reasonOf(error)}`)
      return undefined
    }
  }
}

/** The same for a function whose value is used: what `fits` refuses, a promise above all, is logged once and counts as undefined. */
export function answering<F extends AnyFunction>(
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
      watched(value, () => undefined)
    } catch (error) {
      report(`threw: ${reasonOf(error)}`)
    }
    return undefined
  }
  return answer as F
}

function watched(value: unknown, report: (what: string) => void): unknown {
  if (isThenable(value)) {
    Promise.resolve(value).catch((error: unknown) => report(`gave a promise that was rejected: ${reasonOf(error)}`))
  }
  return value
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}

function reporter(name: string): (what: string) => void {
  let told = false
  return (what) => {
    if (told) return
    told = true
    try {
      diag.error(
        `@boltline/opentelemetry: ${name} ${what}. The query goes on; further failures of ${name} are not logged`,
      )
    } catch {
      // The logger of OpenTelemetry is code of the user as well, and there is no other place to report to.
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : typeof error
}
