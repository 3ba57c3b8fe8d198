import { describe, expect, it, vi } from 'vitest'
import { answerOf } from './http-answer.ts'
import { type AnswerMap, type HttpReply, replyFor, writtenReply } from './http-reply.ts'

const usual = answerOf('constraint-violated')
const written = writtenReply(usual)

describe('an answer as it is sent', () => {
  it('has its status, headers and body, and the content type of the body', () => {
    expect(written.status).toBe(409)
    expect(written.headers).toEqual({ 'content-type': 'application/problem+json' })
    expect(JSON.parse(String(written.body))).toEqual(usual.body)
    expect(writtenReply({ status: 422, body: { errors: ['x'] } })).toEqual({
      status: 422,
      headers: { 'content-type': 'application/json' },
      body: '{"errors":["x"]}',
    })
    expect(writtenReply({ status: 418, headers: { 'Content-Type': 'text/html' }, body: '<p>' })).toEqual({
      status: 418,
      headers: { 'content-type': 'text/html' },
      body: '<p>',
    })
    expect(writtenReply({ status: 200, body: new Uint8Array([1]) }).headers).toEqual({
      'content-type': 'application/octet-stream',
    })
    expect(writtenReply({ status: 204, headers: { 'set-cookie': ['a=1', 'b=2'] } })).toEqual({
      status: 204,
      headers: { 'set-cookie': ['a=1', 'b=2'] },
      body: null,
    })
  })

  it.each<[what: string, HttpReply, RegExp]>([
    ['text', 'text' as never, /map must return an object with a status, found a string/],
    ['an object without a status', {} as never, /map must return a status from 200 to 599, found undefined/],
    ['an informational status', { status: 101 }, /map must return a status from 200 to 599, found 101/],
    [
      'a header with a line break',
      { status: 200, headers: { 'x-a': 'a\r\nset-cookie: b' } },
      /map must return the header "x-a" as text/,
    ],
    [
      'a header with a space in its name',
      { status: 200, headers: { 'a b': 'c' } },
      /map must return the header "a b" as text/,
    ],
    [
      'a number as a header',
      { status: 200, headers: { a: 1 as never } },
      /map must return the header "a" as text, found 1/,
    ],
    [
      'a function as the body',
      { status: 200, body: () => 1 },
      /map must return a body that JSON can hold, found a function/,
    ],
    ['a BigInt as the body', { status: 200, body: 1n }, /BigInt/],
  ])('refuses %s', (_what, reply, message) => {
    expect(() => writtenReply(reply)).toThrow(message)
  })
})

describe('the answer for an error', () => {
  const error = new Error('x')
  const failed = vi.fn()
  const reply = (map: AnswerMap<string> | null) => {
    failed.mockClear()
    return replyFor(error, usual, map, 'context', failed)
  }

  it('is the usual one at once without a function, and where the function leaves it at that', async () => {
    expect(reply(null)).toEqual(written)
    expect(reply(() => undefined)).toEqual(written)
    expect(await reply(async () => null)).toEqual(written)
    expect(failed).not.toHaveBeenCalled()
  })

  it('is what the function makes of it, at once or later', async () => {
    const map: AnswerMap<string> = (of, answer, context) => ({
      ...answer,
      status: 422,
      body: { is: of === error, context },
    })
    expect(reply(map)).toMatchObject({ status: 422, body: '{"is":true,"context":"context"}' })
    expect(await reply(async (...given) => map(...given))).toMatchObject({ status: 422 })
  })

  it('is the usual one where the function fails, which is reported', async () => {
    const failure = new Error('map')
    const bad: AnswerMap<string>[] = [
      () => {
        throw failure
      },
      () => Promise.reject(failure),
      async () => {
        throw failure
      },
    ]
    for (const map of bad) {
      expect(await reply(map)).toEqual(written)
      expect(failed).toHaveBeenCalledExactlyOnceWith(failure)
    }
    expect(await reply(async () => ({ status: 1 }))).toEqual(written)
    expect(failed).toHaveBeenCalledOnce()
  })
})
