import type { InspectOptionsStylized } from 'node:util'
import { inspection } from './inspection.ts'

/**
 * Stands in a record where a field could not be decoded, so that one odd value costs its reader an error and not the
 * whole result. Records turn it into a `BrokenRecordError` when the field is read.
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
