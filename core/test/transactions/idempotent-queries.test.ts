import { C, query, S, type Step, startPlay } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'

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

it('the driver repeats an auto-commit query that the server rejected as safe to repeat', async () => {
  await using play = await startPlay([[...turnedAway, ...query(['x'], [[1]])]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect(await session.run('RETURN 1 AS x').value()).toEqual([1])
  await play.done()
})

it('the driver repeats an auto-commit query only once, and never with disableAutoCommitRetries', async () => {
  await using play = await startPlay([[...turnedAway, ...turnedAway], turnedAway])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const refused = { code: 'Neo.TransientError.Request.ResourceExhaustion' }
  await expect(session.run('RETURN 1')).rejects.toMatchObject({ ...refused, retriedAfter: [refused] })
  await using strict = GraphDatabase.driver(play.uri, { disableAutoCommitRetries: true })
  await using other = strict.session()
  await expect(other.run('RETURN 1')).rejects.toMatchObject({ isRetryable: true })
  await play.done()
})

it('the driver does not repeat a query that fails after its first records: the caller may have acted on them', async () => {
  const [run, pull, failure, , reset, done] = turnedAway as [Step, Step, Step, Step, Step, Step]
  await using play = await startPlay(
    [[run, pull, S.success({ fields: ['x'] }), S.record(1), failure, reset, done, ...query(['x'], [[2]])]],
    { version: '5.8' },
  )
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const result = await session.run('RETURN x')
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const record of result) seen.push(record.get('x'))
  })()
  await expect(reading).rejects.toMatchObject({ code: 'Neo.TransientError.Request.ResourceExhaustion' })
  expect(seen).toEqual([1])
  expect(await session.run('RETURN 2 AS x').value()).toEqual([2])
  await play.done()
})

it('the driver repeats no query of an explicit transaction, which ends with its first failure', async () => {
  const [run, pull, failure, ignored, reset, done] = turnedAway as [Step, Step, Step, Step, Step, Step]
  await using play = await startPlay([[C.begin(), S.success(), run, pull, failure, ignored, reset, done]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await expect(tx.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.TransientError.Request.ResourceExhaustion' })
  await expect(tx.commit()).rejects.toMatchObject({ name: 'TransactionError' })
  await play.done()
  expect(play.received[0]?.filter(({ name }) => name === 'run').length).toBe(1)
})

it('the driver retries a unit of work as a whole, as after every retryable failure', async () => {
  const [run, pull, failure, ignored, reset, done] = turnedAway as [Step, Step, Step, Step, Step, Step]
  const begun = [C.begin(), S.success()]
  await using play = await startPlay([
    [...begun, run, pull, failure, ignored, reset, done, ...begun, ...query(['x'], [[1]]), C.commit(), S.success()],
  ])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  expect(await session.executeWrite((tx) => tx.run('RETURN 1 AS x').value())).toEqual([1])
  await play.done()
})
