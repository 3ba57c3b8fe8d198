import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AuthError,
  ClientError,
  ConstraintError,
  CypherSyntaxError,
  CypherTypeError,
  DatabaseError,
  DatabaseUnavailable,
  Forbidden,
  ForbiddenOnReadOnlyDatabase,
  isDriverError,
  isNeo4jError,
  isRetryable,
  markHandled,
  Neo4jError,
  NotALeader,
  serverError,
  TokenExpired,
  TransientError,
} from './index.ts'

const DEFAULT_RECORD = { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/' }

describe('a failure from a server before Bolt 5.7', () => {
  const error = serverError({ code: 'Neo.ClientError.Statement.SyntaxError', message: 'Invalid input' })

  it('gets its class, code and message', () => {
    expect(error).toBeInstanceOf(CypherSyntaxError)
    expect(error).toBeInstanceOf(ClientError)
    expect(error.name).toBe('CypherSyntaxError')
    expect(error.code).toBe('Neo.ClientError.Statement.SyntaxError')
    expect(error.message).toBe('Invalid input')
    expect(error.stack).toMatch(/^CypherSyntaxError: Invalid input/)
  })

  it('gets the GQL fields that newer servers would send for an unknown status', () => {
    expect(error.gqlStatus).toBe('50N42')
    expect(error.gqlStatusDescription).toBe('error: general processing exception - unexpected error. Invalid input')
    expect(error.diagnosticRecord).toEqual(DEFAULT_RECORD)
    expect(error.classification).toBe('UNKNOWN')
    expect(error.cause).toBeUndefined()
  })
})

describe('a failure from a server of Bolt 5.7 or newer', () => {
  const error = serverError({
    neo4j_code: 'Neo.ClientError.Statement.ArithmeticError',
    message: '/ by zero',
    gql_status: '22012',
    description: 'error: data exception - division by zero',
    diagnostic_record: { _classification: 'CLIENT_ERROR', OPERATION_CODE: '7', _position: { offset: 1 } },
    cause: {
      message: 'outer',
      gql_status: '42001',
      description: 'syntax',
      diagnostic_record: { _classification: 'TRANSIENT_ERROR' },
      cause: { message: 'inner', gql_status: '42I06', description: 'invalid input' },
    },
  })

  it('keeps what the server sent and completes the diagnostic record', () => {
    expect(error).toBeInstanceOf(ClientError)
    expect(error.code).toBe('Neo.ClientError.Statement.ArithmeticError')
    expect(error.gqlStatus).toBe('22012')
    expect(error.gqlStatusDescription).toBe('error: data exception - division by zero')
    expect(error.classification).toBe('CLIENT_ERROR')
    expect(error.diagnosticRecord).toEqual({
      ...DEFAULT_RECORD,
      OPERATION_CODE: '7',
      _classification: 'CLIENT_ERROR',
      _position: { offset: 1 },
    })
  })

  it('has its nested causes as errors without a code', () => {
    const outer = error.cause as Neo4jError
    expect(isNeo4jError(outer)).toBe(true)
    expect([outer.code, outer.message, outer.gqlStatus, outer.classification]).toEqual([
      null,
      'outer',
      '42001',
      'TRANSIENT_ERROR',
    ])
    expect(outer.isRetryable).toBe(false)
    const inner = outer.cause as Neo4jError
    expect([inner.code, inner.message, inner.gqlStatus, inner.classification]).toEqual([
      null,
      'inner',
      '42I06',
      'UNKNOWN',
    ])
    expect(inner.diagnosticRecord).toEqual(DEFAULT_RECORD)
    expect(inner.cause).toBeUndefined()
  })
})

describe('the class of an error', () => {
  it.each([
    ['Neo.ClientError.Schema.ConstraintValidationFailed', ConstraintError],
    ['Neo.ClientError.Statement.ConstraintVerificationFailed', ConstraintError],
    ['Neo.ClientError.Statement.TypeError', CypherTypeError],
    ['Neo.ClientError.Procedure.TypeError', CypherTypeError],
    ['Neo.ClientError.Security.Forbidden', Forbidden],
    ['Neo.ClientError.General.ReadOnly', Forbidden],
    ['Neo.ClientError.Security.Unauthorized', AuthError],
    ['Neo.ClientError.Security.TokenExpired', TokenExpired],
    ['Neo.ClientError.Security.AuthorizationExpired', TransientError],
    ['Neo.ClientError.Cluster.NotALeader', NotALeader],
    ['Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', ForbiddenOnReadOnlyDatabase],
    ['Neo.TransientError.General.DatabaseUnavailable', DatabaseUnavailable],
    ['Neo.ClientError.Made.Up', ClientError],
    ['Neo.TransientError.Made.Up', TransientError],
    ['Neo.DatabaseError.Made.Up', DatabaseError],
    ['Neo.OtherError.Made.Up', Neo4jError],
    ['nonsense', DatabaseError],
  ])('of code %s is the one its code stands for', (code, errorClass) => {
    const error = serverError({ code, message: 'm' })
    expect(error.constructor).toBe(errorClass)
    expect(error.code).toBe(code)
  })
})

describe('isRetryable', () => {
  it.each([
    ['Neo.TransientError.Transaction.DeadlockDetected', true],
    ['Neo.ClientError.Security.AuthorizationExpired', true],
    ['Neo.ClientError.Cluster.NotALeader', true],
    ['Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', true],
    ['Neo.ClientError.Security.TokenExpired', false],
    ['Neo.ClientError.Statement.SyntaxError', false],
    ['Neo.DatabaseError.General.UnknownError', false],
  ])('of code %s is %s', (code, expected) => {
    expect(serverError({ code, message: 'm' }).isRetryable).toBe(expected)
    expect(isRetryable(serverError({ code, message: 'm' }))).toBe(expected)
  })

  it.each(['Terminated', 'LockClientStopped'])(
    'is false for a transaction terminated on purpose, which servers before 5.0 call transient (%s)',
    (title) => {
      const error = serverError({ code: `Neo.TransientError.Transaction.${title}`, message: 'm' })
      expect(error.code).toBe(`Neo.ClientError.Transaction.${title}`)
      expect(error).toBeInstanceOf(ClientError)
      expect(error.isRetryable).toBe(false)
      expect(new TransientError('m', { code: `Neo.TransientError.Transaction.${title}` }).isRetryable).toBe(false)
    },
  )

  it('becomes true once the auth manager has handled the error', () => {
    const error = serverError({ code: 'Neo.ClientError.Security.TokenExpired', message: 'm' })
    markHandled(error)
    expect(error.isRetryable).toBe(true)
  })
})

describe('metadata of the wrong shape', () => {
  it('gives an unknown database error', () => {
    for (const metadata of [{}, { code: 1, message: null }, null, undefined, 'x', [1]]) {
      const error = serverError(metadata as never)
      expect(error.constructor).toBe(DatabaseError)
      expect(error.code).toBe('Neo.DatabaseError.General.UnknownError')
      expect(error.message).toBe('An unknown error occurred')
    }
  })

  it('never raises, whatever it holds', () => {
    const keys = ['code', 'neo4j_code', 'message', 'gql_status', 'description', 'diagnostic_record', 'cause']
    const metadata = fc.dictionary(fc.constantFrom(...keys), fc.anything())
    fc.assert(
      fc.property(metadata, (fields) => {
        const error = serverError(fields)
        expect(isNeo4jError(error)).toBe(true)
        expect(typeof error.message).toBe('string')
        expect(typeof error.gqlStatus).toBe('string')
      }),
    )
  })

  it('may nest causes in a ring', () => {
    const ring: Record<string, unknown> = { message: 'm' }
    ring['cause'] = ring
    expect(isNeo4jError(serverError(ring))).toBe(true)
  })
})

describe('the guards', () => {
  it('recognise errors of another copy of the package', () => {
    const foreign = Object.assign(Object.create({ [Symbol.for('boltline.Neo4jError')]: true }), { isRetryable: true })
    expect(isNeo4jError(foreign)).toBe(true)
    expect(isRetryable(foreign)).toBe(true)
    expect(isDriverError(foreign)).toBe(false)
  })

  it('refuse everything else', () => {
    for (const value of [null, undefined, 1, 'x', {}, new Error('m'), { isRetryable: true }]) {
      expect(isNeo4jError(value)).toBe(false)
      expect(isDriverError(value)).toBe(false)
      expect(isRetryable(value)).toBe(false)
    }
  })
})
