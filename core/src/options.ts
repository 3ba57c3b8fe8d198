/**
 * Checks of options objects for the other packages of this suite, so that all of them refuse unknown keys and name what they
 * found in the same way; and how errors are shown in logs and traces. Not covered by the promises of the public API. Re-exports only.
 */

export { shownMessage } from './errors/redact.ts'
export { abortSignal, callback, choice, duration, flag, limit, name } from './settings/options.ts'
export { parseSessionAuth } from './settings/session-config.ts'
export { onAbort } from './time/on-abort.ts'
export { checkedOptions, found, isGiven, nearest, type UncheckedOptions } from './values/options.ts'
export { isThenable } from './values/thenable.ts'
