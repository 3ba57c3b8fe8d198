/** Code that isn't ours, or runs inside of the driver, must not break a query: what it throws is logged once per place. */

import { diag } from '@opentelemetry/api'

const told = new Set<string>()

/** The function, which gives undefined instead of throwing. */
export function guarded<F extends (...args: never[]) => unknown>(name: string, fn: F): F
export function guarded<F extends (...args: never[]) => unknown>(name: string, fn: F | undefined): F | undefined
export function guarded(name: string, fn: ((...args: never[]) => unknown) | undefined): unknown {
  if (fn === undefined) return undefined
  return (...args: never[]) => {
    try {
      return fn(...args)
    } catch (error) {
      report(name, error)
      return undefined
    }
  }
}

function report(name: string, error: unknown): void {
  if (told.has(name)) return
  told.add(name)
  const reason = error instanceof Error ? (error.stack ?? error.message) : typeof error
  diag.error(`@boltline/opentelemetry: ${name} threw, which is ignored from now on: ${reason}`)
}
