import {
  BoltProtocolError,
  CertificateConfigurationError,
  type ErrorEffect,
  factsOf,
  isNeo4jError,
  isSecurityCode,
  ServiceUnavailable,
  SessionExpired,
} from '../errors/index.ts'

export function effectOf(error: unknown): ErrorEffect {
  if (isNeo4jError(error)) return factsOf(error.code).effect ?? 'none'
  return error instanceof ServiceUnavailable || error instanceof SessionExpired ? 'unavailable' : 'none'
}

/** Whether another router may succeed after one failed with this error. */
export function isWorthAnotherRouter(error: unknown): boolean {
  if (!isNeo4jError(error)) return effectOf(error) === 'unavailable' || isUnfitPeer(error)
  if (factsOf(error.code).sameOnEveryRouter === true) return false
  return !isSecurityCode(error.code) || effectOf(error) === 'login-expired'
}

/** Whether the peer speaks no valid Bolt or its certificate was rejected, so that another address may succeed. */
export function isUnfitPeer(error: unknown): boolean {
  return error instanceof BoltProtocolError || error instanceof CertificateConfigurationError
}

/** The first failure when all of them are certificate errors, which must not be retried; undefined otherwise. */
export function refusedCertificate(errors: readonly unknown[]): CertificateConfigurationError | undefined {
  const refused = errors.filter((error) => error instanceof CertificateConfigurationError)
  return refused.length === errors.length ? refused[0] : undefined
}
