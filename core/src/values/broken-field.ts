import type { InspectOptionsStylized } from 'node:util'
import { inspection } from '../platform/inspection.ts'

/**
 * Replaces a field of a record that could not be decoded, so that one such value does not fail the whole result. The record
 * raises a `BrokenRecordError` when the field is read.
 */
export class BrokenField {
  /** Why the value could not be decoded and what to do about it; a clause without a full stop. */
  readonly reason: string
  /** The error behind the reason, if one was raised. */
  readonly cause: unknown

  constructor(reason: string, cause?: unknown) {
    this.reason = reason
    this.cause = cause
  }

  /** Shows the reason where the value would have been printed. */
  [inspection](_depth: number, options: InspectOptionsStylized): string {
    return options.stylize(`<not decoded: ${this.reason}>`, 'special')
  }
}
