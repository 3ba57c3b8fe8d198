import { expect, it } from 'vitest'
import { aboutQuery, ResultFailedError, ServiceUnavailable } from '../errors/index.ts'
import { serverError } from '../errors/server-errors.ts'
import { failureReport } from './failure-log.ts'
import { answerOf } from './http-answer.ts'

const request = { method: 'POST', route: '/users/:id' }
const conflict = aboutQuery(
  serverError({ code: 'Neo.ClientError.Schema.ConstraintValidationFailed', message: "taken = 'x\n[error] forged'" }),
  'CREATE (:User {email: $email})',
  { email: 'hunter2' },
)

it('tells method, route, status, code and message, and the text of the query apart', () => {
  const report = failureReport(conflict, answerOf('constraint-violated'), request)
  expect(report).toEqual({
    level: 'warn',
    message:
      "POST /users/:id was answered with 409, constraint-violated: ConstraintError (Neo.ClientError.Schema.ConstraintValidationFailed): taken = 'x\\n[error] forged'",
    query: 'CREATE (:User {email: $email})',
    stack: null,
  })
  expect(JSON.stringify(report)).not.toContain('hunter2')
})

it('reports answers from 500 on as errors, and those below at the level that is asked for', () => {
  const down = failureReport(new ServiceUnavailable('down'), answerOf('database-unavailable'), request)
  expect(down).toMatchObject({ level: 'error', query: null, stack: null })
  const bug = failureReport(conflict, answerOf('internal-error'), request)
  expect(bug.level).toBe('error')
  expect(bug.stack).toMatch(/^ {4}at /)
  expect(failureReport(conflict, { status: 422 }, request, 'debug')).toMatchObject({ level: 'debug', stack: null })
})

it('takes no line of a message for a frame of the stack', () => {
  const error = serverError({
    code: 'Neo.DatabaseError.General.UnknownError',
    message: 'broken\n    at forged (x.ts:1:1)',
  })
  const { stack, message } = failureReport(error, answerOf('internal-error'), request)
  expect(stack).toMatch(/^ {4}at .*failure-log\.test\.ts/s)
  expect(stack).not.toContain('forged')
  expect(message).toContain('broken\\n    at forged')
})

it('says that an answer was cut off where it could not be sent', () => {
  const { message } = failureReport(conflict, answerOf('constraint-violated'), { ...request, cutOff: true })
  expect(message).toMatch(/^POST \/users\/:id was cut off, constraint-violated: ConstraintError/)
})

it('tells the causes of an error, each once', () => {
  const error = new ResultFailedError('The result has failed', { cause: conflict })
  const { message, query } = failureReport(error, answerOf('constraint-violated'), request)
  expect(message).toMatch(/ResultFailedError: The result has failed; caused by ConstraintError \(Neo\.[\w.]+\): taken/)
  expect(query).toBe('CREATE (:User {email: $email})')
  expect(failureReport('text', answerOf('internal-error'), request).message).toMatch(/internal-error: text$/)
})
