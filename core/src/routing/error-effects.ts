import {
  BoltProtocolError,
  CertificateConfigurationError,
  isNeo4jError,
  ServiceUnavailable,
  SessionExpired,
} from '../errors/index.ts'

/**
 * What an error says about the server it came from. `unavailable`: the server can't serve requests now. `not-writer`: it no
 * longer accepts writes for this database. `login-expired`: all its logins have expired.
 */
export type ErrorEffect = 'unavailable' | 'not-writer' | 'login-expired' | 'none'

const EFFECT_BY_CODE: ReadonlyMap<string, ErrorEffect> = new Map([
  ['Neo.TransientError.General.DatabaseUnavailable', 'unavailable'],
  ['Neo.ClientError.Cluster.NotALeader', 'not-writer'],
  ['Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', 'not-writer'],
  ['Neo.ClientError.Security.AuthorizationExpired', 'login-expired'],
])

export function effectOf(error: unknown): ErrorEffect {
  if (isNeo4jError(error)) return EFFECT_BY_CODE.get(error.code ?? '') ?? 'none'
  return error instanceof ServiceUnavailable || error instanceof SessionExpired ? 'unavailable' : 'none'
}

/** Codes that every other router would answer with too, because the request itself is wrong. */
const CLIENTS_FAULT: ReadonlySet<string> = new Set([
  'Neo.ClientError.Database.DatabaseNotFound',
  'Neo.ClientError.Transaction.InvalidBookmark',
  'Neo.ClientError.Transaction.InvalidBookmarkMixture',
  'Neo.ClientError.Statement.TypeError',
  'Neo.ClientError.Statement.ArgumentError',
  'Neo.ClientError.Request.Invalid',
])

/** Whether another router may succeed after one failed with this error. */
export function isWorthAnotherRouter(error: unknown): boolean {
  if (!isNeo4jError(error)) return effectOf(error) === 'unavailable' || isUnfitPeer(error)
  const code = error.code ?? ''
  if (CLIENTS_FAULT.has(code)) return false
  return !code.startsWith('Neo.ClientError.Security.') || effectOf(error) === 'login-expired'
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
