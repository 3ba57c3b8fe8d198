import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as errors from './index.ts'

const PARENTS = {
  SessionError: 'DriverError',
  TransactionError: 'DriverError',
  TransactionNestingError: 'TransactionError',
  ResultError: 'DriverError',
  ResultFailedError: 'ResultError',
  ResultConsumedError: 'ResultError',
  ResultNotSingleError: 'ResultError',
  BrokenRecordError: 'DriverError',
  SessionExpired: 'DriverError',
  ServiceUnavailable: 'DriverError',
  RoutingServiceUnavailable: 'ServiceUnavailable',
  WriteServiceUnavailable: 'ServiceUnavailable',
  ReadServiceUnavailable: 'ServiceUnavailable',
  IncompleteCommit: 'ServiceUnavailable',
  ConfigurationError: 'DriverError',
  AuthConfigurationError: 'ConfigurationError',
  CertificateConfigurationError: 'ConfigurationError',
  ConnectionPoolError: 'DriverError',
  ConnectionAcquisitionTimeoutError: 'ConnectionPoolError',
  BoltProtocolError: 'DriverError',
  ParameterError: 'DriverError',
} as const

const RETRYABLE = [
  'SessionExpired',
  'ServiceUnavailable',
  'RoutingServiceUnavailable',
  'WriteServiceUnavailable',
  'ReadServiceUnavailable',
]

const CLASSES = new Map(Object.entries(errors)) as ReadonlyMap<string, unknown>

describe('driver errors', () => {
  it.each(Object.entries(PARENTS))('%s is a %s, carries its own name and says whether to retry', (name, parent) => {
    const errorClass = CLASSES.get(name) as typeof errors.ParameterError
    const cause = new Error('inner')
    const error = new errorClass('what happened', { cause, path: 'parameters.x' })
    expect(Object.getPrototypeOf(errorClass)).toBe(CLASSES.get(parent))
    expect(error.name).toBe(name)
    expect(error.stack).toMatch(new RegExp(`^${name}: what happened`))
    expect(error.cause).toBe(cause)
    expect(errors.isDriverError(error)).toBe(true)
    expect(errors.isNeo4jError(error)).toBe(false)
    expect(error.isRetryable).toBe(RETRYABLE.includes(name))
    expect(errors.isRetryable(error)).toBe(RETRYABLE.includes(name))
  })

  it('carry session, transaction and result without showing them', () => {
    const handle = { marker: 'very long' }
    const failures = [
      new errors.SessionError('m', { session: handle }),
      new errors.TransactionNestingError('m', { transaction: handle }),
      new errors.ResultConsumedError('m', { result: handle }),
    ]
    expect((failures[0] as errors.SessionError).session).toBe(handle)
    expect((failures[1] as errors.TransactionError).transaction).toBe(handle)
    expect((failures[2] as errors.ResultError).result).toBe(handle)
    for (const failure of failures) {
      expect(Object.keys(failure)).toEqual([])
      expect(inspect(failure)).not.toContain('very long')
    }
  })

  it('tell where a bad parameter stands', () => {
    expect(new errors.ParameterError('m', { path: 'parameters.x[0].f' }).path).toBe('parameters.x[0].f')
  })
})

it('takes null for options as not given', () => {
  const { DriverError, SessionError, TransactionError, ResultError, IncompleteCommit, Neo4jError } = errors
  for (const Class of [DriverError, SessionError, TransactionError, ResultError, IncompleteCommit, Neo4jError]) {
    const error = new Class('message', null)
    expect(error.message).toBe('message')
    expect(error.cause).toBeUndefined()
  }
})
