import { DRIVER_ERROR, type DriverError } from './driver-errors.ts'
import { hasBrand } from './error-class.ts'
import { NEO4J_ERROR, type Neo4jError } from './server-errors.ts'

/** True if `value` is an error that the server sent, also if another copy of this package made it. */
export function isNeo4jError(value: unknown): value is Neo4jError {
  return hasBrand(value, NEO4J_ERROR)
}

/** True if `value` is an error that the driver itself raised, also if another copy of this package made it. */
export function isDriverError(value: unknown): value is DriverError {
  return hasBrand(value, DRIVER_ERROR)
}

/**
 * True if `value` is an error of this package after which a retry of the same transaction can succeed.
 *
 * @example
 * ```ts
 * for (let attempt = 1; ; attempt++) {
 *   try {
 *     return await transfer(session)
 *   } catch (error) {
 *     if (attempt === 5 || !isRetryable(error)) throw error
 *   }
 * }
 * ```
 */
export function isRetryable(value: unknown): boolean {
  return (isNeo4jError(value) || isDriverError(value)) && value.isRetryable === true
}
