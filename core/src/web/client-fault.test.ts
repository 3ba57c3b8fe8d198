import { describe, expect, it } from 'vitest'
import { aboutQuery, ParameterError } from '../errors/index.ts'
import { serverError } from '../errors/server-errors.ts'
import { type HttpAnswerOptions, httpAnswer } from './http-answer.ts'

const answer = (error: unknown, options: HttpAnswerOptions) => {
  const { status, body } = httpAnswer(error, options) ?? {}
  return [status, body?.parameter]
}
const service = [500, undefined]

describe('a value that the server refuses', () => {
  /** As Neo4j 2026.09.0 says it. */
  const refused = (code: string, gql: string, message: string, inner: string, parameters: unknown) =>
    aboutQuery(
      serverError({
        neo4j_code: `Neo.ClientError.Statement.${code}`,
        message,
        gql_status: gql,
        description: 'error: data exception',
        cause: { gql_status: '22N03', message: inner, description: inner },
      }),
      'a query',
      parameters,
    )
  const skip = (value: unknown) =>
    refused(
      'ArgumentError',
      '22003',
      `SKIP: Invalid input. '${value}' is not a valid value. Must be a non-negative integer.`,
      `22N03: Expected 'value' to be of type INTEGER and in the range 0 to 9223372036854775807 but found ${value}.`,
      { skip: value, day: 'x' },
    )

  it("is the client's where the route names the parameter and the request brought the value", () => {
    const options = { clientParameters: ['day', 'skip'], requestValues: [undefined, { page: { skip: -2 } }] }
    expect(answer(skip(-2), options)).toEqual([400, 'skip'])
    expect(answer(skip(-2n), { ...options, requestValues: [[-2n]] })).toEqual([400, 'skip'])
  })

  it("is the service's without one of these", () => {
    expect(answer(skip(-2), {})).toEqual(service)
    expect(answer(skip(-2), { clientParameters: ['skip'] })).toEqual(service)
    expect(answer(skip(-2), { requestValues: [{ skip: -2 }] })).toEqual(service)
    expect(answer(skip(-2), { clientParameters: ['day'], requestValues: [{ skip: -2, day: 'x' }] })).toEqual(service)
    // A value that was made of what the request brought isn't the same value.
    expect(answer(skip(-2), { clientParameters: ['skip'], requestValues: [{ skip: '-2' }] })).toEqual(service)
    expect(answer(skip(-2), { clientParameters: ['other'], requestValues: [{ skip: -2 }] })).toEqual(service)
  })

  it("is the client's where the server names the parameter or repeats its value", () => {
    const date = refused(
      'SyntaxError',
      '22000',
      "Invalid date 'FEBRUARY 31'",
      "22N11: Invalid argument: cannot process '2026-02-31'.",
      new Map([['day', '2026-02-31']]),
    )
    expect(answer(date, { clientParameters: ['day'], requestValues: [{ day: '2026-02-31' }] })).toEqual([400, 'day'])
    const limit = refused(
      'SyntaxError',
      '22G03',
      "Type mismatch for parameter 'n': expected Integer but was String",
      "22N27: Invalid input 'STRING' for  parameter: n. Expected to be INTEGER.",
      { n: 'many' },
    )
    expect(answer(limit, { clientParameters: ['n'], requestValues: [{ n: 'many' }] })).toEqual([400, 'n'])
    const old = aboutQuery(
      serverError({
        code: 'Neo.ClientError.Statement.ArgumentError',
        message: 'Cannot assign String("foo") to field x',
      }),
      'q',
      { x: 'foo' },
    )
    expect(answer(old, { clientParameters: ['x'], requestValues: [{ x: 'foo' }] })).toEqual([400, 'x'])
  })

  it("is the service's where the error is about something else", () => {
    const error = refused(
      'TypeError',
      '22G03',
      'Type mismatch: expected a map but was Long(3)',
      'Expected the value 3 to be of type MAP',
      { day: 'x' },
    )
    expect(answer(error, { clientParameters: ['day'], requestValues: [{ day: 'x' }] })).toEqual(service)
    const syntax = aboutQuery(
      serverError({ code: 'Neo.ClientError.Statement.SyntaxError', message: "Unknown function 'x'" }),
      'q',
      { day: 'x' },
    )
    expect(answer(syntax, { clientParameters: ['day'], requestValues: [{ day: 'x' }] })).toEqual(service)
  })
})

describe('a value that the driver refuses', () => {
  const filter = { age: () => 1 }
  const refused = aboutQuery(
    new ParameterError('parameters.filter.age is a function', { path: 'parameters.filter.age' }),
    'a query',
    { filter },
  )

  it("is the client's where it stands in an object that the request brought", () => {
    expect(answer(refused, { clientParameters: ['filter'], requestValues: [{ body: filter }] })).toEqual([
      400,
      'filter',
    ])
  })

  it("is the service's where the service has made the object, or the parameter isn't named", () => {
    expect(answer(refused, { clientParameters: ['filter'], requestValues: [{ ...filter }] })).toEqual(service)
    expect(answer(refused, { clientParameters: ['filt'], requestValues: [filter] })).toEqual(service)
    expect(answer(refused, {})).toEqual(service)
  })

  it('is looked for in a request that refers to itself, and no further than is reasonable', () => {
    const ring: Record<string, unknown> = { list: Array.from({ length: 100_000 }, (_, n) => ({ n })) }
    ring['ring'] = ring
    expect(answer(refused, { clientParameters: ['filter'], requestValues: [ring] })).toEqual(service)
  })
})
