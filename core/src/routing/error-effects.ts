import {
  BoltProtocolError,
  CertificateConfigurationError,
  isNeo4jError,
  ServiceUnavailable,
  SessionExpired,
} from '../errors/index.ts'

/**
 * What an error says about the server it came from. `unavailable`: nothing can be had from it now. `not-writer`: it no longer
 * takes writes for this database. `login-expired`: it no longer knows anybody who is logged in.
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

/** Errors that every other router would answer with too, because the request itself is at fault. */
const CLIENTS_FAULT: ReadonlySet<string> = new Set([
  'Neo.ClientError.Database.DatabaseNotFound',
  'Neo.ClientError.Transaction.InvalidBookmark',
  'Neo.ClientError.Transaction.InvalidBookmarkMixture',
  'Neo.ClientError.Statement.TypeError',
  'Neo.ClientError.Statement.ArgumentError',
  'Neo.ClientError.Request.Invalid',
])

/** Whether it makes sense to ask another router after this answer of the first. */
export function isWorthAnotherRouter(error: unknown): boolean {
  if (!isNeo4jError(error)) return effectOf(error) === 'unavailable' || isUnfitPeer(error)
  const code = error.code ?? ''
  if (CLIENTS_FAULT.has(code)) return false
  return !code.startsWith('Neo.ClientError.Security.') || effectOf(error) === 'login-expired'
}

/** A peer that is no Bolt server, a broken one, or one whose certificate isn't accepted: another address may do better. */
export function isUnfitPeer(error: unknown): boolean {
  return error instanceof BoltProtocolError || error instanceof CertificateConfigurationError
}

/** The first of several failures where certificates are at fault in all of them: no time heals that, so nobody shall retry. */
export function refusedCertificate(errors: readonly unknown[]): CertificateConfigurationError | undefined {
  const refused = errors.filter((error) => error instanceof CertificateConfigurationError)
  return refused.length === errors.length ? refused[0] : undefined
}
