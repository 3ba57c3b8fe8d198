import { operationOf } from './attributes.ts'
import type { CallInfo } from './options.ts'

/** Caches the result of the `ignore` option per call and query. The queries of an ignored call are ignored too. */
export function ignoring(ignore: ((info: CallInfo) => boolean | undefined) | undefined): (info: CallInfo) => boolean {
  if (ignore === undefined) return () => false
  const verdicts = new WeakMap<CallInfo, boolean>()
  return function ignored(info): boolean {
    const known = verdicts.get(info)
    if (known !== undefined) return known
    const operation = operationOf(info)
    const verdict = (operation !== info && ignored(operation)) || ignore(info) === true
    verdicts.set(info, verdict)
    return verdict
  }
}
