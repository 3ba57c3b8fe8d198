import { type CallInfo, operationOf } from './call-info.ts'

/** Caches the result of the `ignore` option for each call and query. The queries of a suppressed call are suppressed too. */
export function suppression(
  ignore: ((info: CallInfo) => boolean | undefined) | undefined,
): (info: CallInfo) => boolean {
  if (ignore === undefined) return () => false
  const decisions = new WeakMap<CallInfo, boolean>()
  return function suppressed(info): boolean {
    const known = decisions.get(info)
    if (known !== undefined) return known
    const operation = operationOf(info)
    const decision = (operation !== info && suppressed(operation)) || ignore(info) === true
    decisions.set(info, decision)
    return decision
  }
}
