import { ConnectionAcquisitionTimeoutError } from './driver-errors.ts'

/** The error for a call that has waited in vain for a function of the user. */
export function notAnswered(what: string, ms: number): ConnectionAcquisitionTimeoutError {
  return new ConnectionAcquisitionTimeoutError(
    `${what} did not answer within ${Math.round(ms)} ms (connectionAcquisitionTimeout)`,
  )
}
