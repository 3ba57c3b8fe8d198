import { C, query, S, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../src/index.ts'

const turnedAway = [
  C.run(),
  C.pull(),
  S.failure('', 'try again', {
    neo4j_code: 'Neo.TransientError.Request.ResourceExhaustion',
    gql_status: '51N00',
    description: 'error: busy',
    diagnostic_record: { _classification: 'TRANSIENT_ERROR', _idempotent: true },
  }),
  S.ignored(),
  C.reset(),
  S.success(),
]

it('sends an auto-commit query once more that the server turned away as safe to repeat', async () => {
  await using play = await startPlay([[...turnedAway, ...query(['x'], [[1]])]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect(await session.run('RETURN 1 AS x').value()).toEqual([1])
  await play.done()
})

it('does so once only, and not at all where it is told not to', async () => {
  await using play = await startPlay([[...turnedAway, ...turnedAway], turnedAway])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  await expect(session.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.TransientError.Request.ResourceExhaustion' })
  await using strict = GraphDatabase.driver(play.uri, { disableAutoCommitRetries: true })
  await using other = strict.session()
  await expect(other.run('RETURN 1')).rejects.toMatchObject({ isRetryable: true })
  await play.done()
})
