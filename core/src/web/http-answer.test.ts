import { describe, expect, it } from 'vitest'
import {
  AuthConfigurationError,
  BookmarkTimeoutError,
  BookmarkUpdateError,
  ConfigurationError,
  ConnectionAcquisitionTimeoutError,
  DriverError,
  IncompleteCommit,
  ParameterError,
  ReadServiceUnavailable,
  ResultFailedError,
  ResultNotSingleError,
  SessionExpired,
} from '../errors/index.ts'
import { markHandled, serverError } from '../errors/server-errors.ts'
import { answerOf, type HttpAnswer, type HttpAnswerOptions, httpAnswer } from './http-answer.ts'
import { StreamLimitError } from './stream-gate.ts'

const secret = 'neo4j-1.internal:7687 MATCH (u:User {email: "ada@example.org"})'
const server = (code: string) => serverError({ code, message: secret })
const answer = (error: unknown, options?: HttpAnswerOptions) => {
  const { status, kind, retryAfter } = httpAnswer(error, options) ?? {}
  return { status, kind, retries: typeof retryAfter === 'number' }
}

describe('the answer to a client', () => {
  it.each([
    ['Neo.ClientError.Schema.ConstraintValidationFailed', 409, 'constraint-violated', false],
    ['Neo.ClientError.Statement.TypeError', 500, 'internal-error', false],
    ['Neo.ClientError.Statement.ArgumentError', 500, 'internal-error', false],
    ['Neo.ClientError.Statement.ArithmeticError', 500, 'internal-error', false],
    ['Neo.ClientError.Statement.SyntaxError', 500, 'internal-error', false],
    ['Neo.ClientError.Statement.ParameterMissing', 500, 'internal-error', false],
    ['Neo.ClientError.Statement.AccessMode', 500, 'internal-error', false],
    ['Neo.ClientError.Database.DatabaseNotFound', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Security.Unauthorized', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Security.TokenExpired', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Security.Forbidden', 500, 'service-misconfigured', false],
    ['Neo.ClientError.Security.AuthorizationExpired', 503, 'try-again', true],
    ['Neo.ClientError.Transaction.TransactionTimedOut', 504, 'timed-out', false],
    ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 504, 'timed-out', false],
    ['Neo.ClientError.Transaction.InvalidBookmark', 503, 'bookmark-not-reached', true],
    ['Neo.ClientError.Transaction.Terminated', 503, 'try-again', true],
    ['Neo.ClientError.Cluster.NotALeader', 503, 'try-again', true],
    ['Neo.TransientError.Transaction.DeadlockDetected', 503, 'try-again', true],
    ['Neo.TransientError.Transaction.BookmarkTimeout', 503, 'bookmark-not-reached', true],
    ['Neo.TransientError.General.DatabaseUnavailable', 503, 'database-unavailable', true],
    ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 503, 'database-overloaded', true],
    ['Neo.DatabaseError.General.UnknownError', 500, 'internal-error', false],
    ['no code of Neo4j', 500, 'internal-error', false],
  ])('to %s is %i, %s', (code, status, kind, retries) => {
    expect(answer(server(code))).toEqual({ status, kind, retries })
  })

  it.each([
    [new ReadServiceUnavailable(secret), 503, 'database-unavailable', true],
    [new SessionExpired(secret), 503, 'database-unavailable', true],
    [new ConnectionAcquisitionTimeoutError(secret), 503, 'no-free-connection', true],
    [new BookmarkTimeoutError(secret), 503, 'bookmark-not-reached', true],
    [
      new BookmarkUpdateError(secret, { cause: new ReadServiceUnavailable(secret) }),
      500,
      'committed-with-error',
      false,
    ],
    [new IncompleteCommit(secret), 500, 'outcome-unknown', false],
    [new IncompleteCommit(secret, { accessMode: 'READ' }), 503, 'database-unavailable', true],
    [new ParameterError(secret, { path: 'parameters.secret' }), 500, 'internal-error', false],
    [new StreamLimitError(secret), 503, 'too-many-streams', true],
    [new AuthConfigurationError(secret), 500, 'service-misconfigured', false],
    [new ConfigurationError(secret), 500, 'internal-error', false],
    [new ResultNotSingleError(secret), 500, 'internal-error', false],
    [new DriverError(secret), 500, 'internal-error', false],
  ])('to %s is %i, %s', (error, status, kind, retries) => {
    expect(answer(error)).toEqual({ status, kind, retries })
  })

  it('follows a follow-up error to the one that began it', () => {
    const first = server('Neo.ClientError.Schema.ConstraintValidationFailed')
    expect(answer(new ResultFailedError('lost', { cause: new DriverError('x', { cause: first }) })).status).toBe(409)
    expect(answer(new DriverError('wrapped', { cause: new Error('of the application') })).status).toBe(500)
  })

  it('blames the client for what the client has chosen', () => {
    const refused = server('Neo.ClientError.Security.Unauthorized')
    const forbidden = server('Neo.ClientError.Security.Forbidden')
    expect(answer(refused, { clientCredentials: true }).status).toBe(401)
    expect(httpAnswer(refused, { clientCredentials: true })?.headers['www-authenticate']).toBe('Bearer')
    expect(answer(refused, { clientUser: true }).status).toBe(500)
    expect(answer(forbidden, { clientCredentials: true }).status).toBe(403)
    expect(answer(forbidden, { clientUser: true }).status).toBe(403)
    expect(answer(server('Neo.ClientError.Database.DatabaseNotFound'), { clientDatabase: true }).status).toBe(404)
  })

  it('names the properties of a violated constraint and not the value that is taken', () => {
    const message = "Node(70) already exists with label `User` and property `email` = 'ada@example.org'"
    const error = serverError({ code: 'Neo.ClientError.Schema.ConstraintValidationFailed', message })
    const { status, body } = httpAnswer(new DriverError('x', { cause: error })) as HttpAnswer
    expect(status).toBe(409)
    expect(body.properties).toEqual(['email'])
    expect(body.detail).toMatch(/It concerns email\.$/)
    expect(JSON.stringify(body)).not.toMatch(/ada|User|70/)
  })

  it('asks for another try where the credentials have been renewed', () => {
    const renewed = server('Neo.ClientError.Security.TokenExpired')
    markHandled(renewed)
    expect(answer(renewed)).toMatchObject({ status: 503, retries: true })
  })

  it('is null for what is none of the driver', () => {
    for (const value of [new Error('x'), null, undefined, 'text', 1, {}, Object.create(null)]) {
      expect(httpAnswer(value)).toBeNull()
    }
  })

  it('carries nothing of the error into the body or the headers', () => {
    const errors = [
      server('Neo.ClientError.Statement.SyntaxError'),
      server('Neo.ClientError.Schema.ConstraintValidationFailed'),
      new IncompleteCommit(secret),
      new ParameterError(secret, { path: 'parameters.secret' }),
    ]
    for (const error of errors) {
      const { body, headers } = httpAnswer(error) as NonNullable<ReturnType<typeof httpAnswer>>
      expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'code'])
      expect(JSON.stringify({ body, headers })).not.toMatch(/neo4j-1|MATCH|ada|secret|Neo\.|\.ts/)
    }
  })

  it('is a problem in the words of RFC 9457, and spreads the clients that come back', () => {
    const { headers, body } = answerOf('database-unavailable')
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The database is not available at the moment. Try again later.',
      code: 'database-unavailable',
    })
    const waits = new Set(
      Array.from({ length: 500 }, () => Number(answerOf('database-unavailable').headers['retry-after'])),
    )
    expect([...waits].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10])
  })

  it('knows an error of another copy of the package by its brand and names', () => {
    class ServiceUnavailable extends DriverError {}
    Object.defineProperty(ServiceUnavailable.prototype, 'name', { value: 'ServiceUnavailable' })
    expect(answer(new ServiceUnavailable('x')).status).toBe(503)
  })
})
