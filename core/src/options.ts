/**
 * Validation of options for the other packages of this suite, so that all of them reject unknown keys with the same messages,
 * and the text of errors in logs and traces. Internal: not part of the public API. Re-exports only.
 */

export { shownMessage } from './errors/redact.ts'
export { checkedOptions, found, isGiven, nearest, type UncheckedOptions } from './platform/checked-options.ts'
export { isThenable } from './platform/thenable.ts'
export { type CallDefaults, completeQueryConfig, completeSessionConfig } from './settings/call-options.ts'
export { abortSignal, callback, choice, duration, flag, limit, name } from './settings/checks.ts'
export { driverSettings } from './settings/config.ts'
export { defineSettings, keysOf, readSettings, type Setting, setting, type Values } from './settings/schema.ts'
export { parseSessionAuth } from './settings/session-config.ts'
export { type Abortable, onAbort } from './time/on-abort.ts'
