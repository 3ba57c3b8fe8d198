import { C, S, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import { GraphDatabase, type Neo4jError, Point } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const defaults = { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/' }
const complete = { ...defaults, _classification: 'CLIENT_ERROR', _status_parameters: { userName: 'John Doe' } }
const { OPERATION: _operation, ...withoutOperation } = complete
const { OPERATION_CODE: _code, ...withoutCode } = complete
const { CURRENT_SCHEMA: _schema, ...withoutSchema } = complete
const rubbish = {
  foo: 'bar',
  _baz: 1.2,
  '_🤡': '🎈',
  OPERATION: null,
  CURRENT_SCHEMA: { uh: 'oh!' },
  OPERATION_CODE: false,
  _classification: 42,
  _status_parameters: [new Point(4326, 56.21, 13.43)],
}

/** The metadata of a failure; the code belongs to the outermost alone. */
const failure = (record: unknown, more: Record<string, unknown> = {}) => ({
  gql_status: '01N00',
  description: 'cool class - mediocre subclass',
  message: "Server ain't cool with this, John Doe!",
  ...(record === undefined ? {} : { diagnostic_record: record }),
  ...more,
})

/** What the driver makes of a server's failure. */
async function errorOf(version: string, metadata: ReturnType<typeof failure>): Promise<Neo4jError> {
  const { message, ...extra } = metadata
  const fails = S.failure('', message, { neo4j_code: 'Neo.ClientError.User.Uncool', ...extra })
  await using play = await startPlay([[C.run(), C.pull(), fails, S.ignored(), C.reset(), S.success()]], { version })
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const error = await rejectionOf(session.run('Q').consume())
  await session.close()
  await play.done()
  return error as Neo4jError
}

const whole = { name: 'ClientError', code: 'Neo.ClientError.User.Uncool' }
const inner = { name: 'Neo4jError', code: null }

describe.each(['5.7', '6.1'])('The diagnostic record of a failure over Bolt %s', (version) => {
  it.each([
    ['complete', complete, complete, 'CLIENT_ERROR'],
    ['missing', undefined, defaults, 'UNKNOWN'],
    ['empty', {}, defaults, 'UNKNOWN'],
    ['null', null, defaults, 'UNKNOWN'],
    ['without OPERATION', withoutOperation, complete, 'CLIENT_ERROR'],
    ['without OPERATION_CODE', withoutCode, complete, 'CLIENT_ERROR'],
    ['without CURRENT_SCHEMA', withoutSchema, complete, 'CLIENT_ERROR'],
    ['of a made up classification', { ...complete, _classification: 'SECURITY_ERROR' }, undefined, 'UNKNOWN'],
    ['full of rubbish', rubbish, rubbish, 'UNKNOWN'],
  ])('that is %s is kept as it came, with defaults for what is missing', async (_, sent, expected, classification) => {
    const told = {
      gqlStatus: '01N00',
      gqlStatusDescription: 'cool class - mediocre subclass',
      message: "Server ain't cool with this, John Doe!",
      classification,
    }
    const error = await errorOf(version, failure(sent))
    expect(error).toMatchObject({ ...whole, ...told })
    expect(error.diagnosticRecord).toEqual(expected ?? sent)
    const { cause } = (await errorOf(version, failure(complete, { cause: failure(sent) }))) as { cause: Neo4jError }
    expect(cause).toMatchObject({ ...inner, ...told })
    expect(cause.diagnosticRecord).toEqual(expected ?? sent)
  })

  it('is there on each of ten nested causes', async () => {
    const records = Array.from({ length: 10 }, (_, i) => ({
      CURRENT_SCHEMA: `/${i}`,
      OPERATION: `OP${i}`,
      OPERATION_CODE: `${i}`,
      _classification: `CLIENT_ERROR${i}`,
      _status_parameters: { nestedCause: i },
    }))
    const metadata = records.reduceRight<ReturnType<typeof failure> | undefined>(
      (cause, record) => failure(record, cause === undefined ? {} : { cause }),
      undefined,
    )
    let at = (await errorOf(version, failure(complete, { cause: metadata }))).cause as Neo4jError | undefined
    for (const record of records) {
      expect(at).toMatchObject({ ...inner, gqlStatus: '01N00', classification: 'UNKNOWN' })
      expect(at?.diagnosticRecord).toEqual(record)
      at = at?.cause as Neo4jError | undefined
    }
    expect(at).toBeUndefined()
  })
})
