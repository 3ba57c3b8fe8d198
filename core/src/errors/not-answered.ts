import { ConnectionAcquisitionTimeoutError } from './driver-errors.ts'

/** The error for a caller-supplied function that did not settle in time. */
export function notAnswered(what: string, ms: number): ConnectionAcquisitionTimeoutError {
  return new ConnectionAcquisitionTimeoutError(
    `${what} did not answer within ${Math.round(ms)} ms (connectionAcquisitionTimeout)`,
  )
}
