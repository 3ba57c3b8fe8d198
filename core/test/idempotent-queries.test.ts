import { C, query, S, type Step, startPlay } from '@boltline/embedded'
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

it('passes on a failure that comes with the records: what was read may have been acted on', async () => {
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

it('sends nothing again inside a transaction, which is over with its first failure', async () => {
  const [run, pull, failure, ignored, reset, done] = turnedAway as [Step, Step, Step, Step, Step, Step]
  await using play = await startPlay([[C.begin(), S.success(), run, pull, failure, ignored, reset, done]])
  await using driver = GraphDatabase.driver(play.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  await expect(tx.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.TransientError.Request.ResourceExhaustion' })
  await expect(tx.commit()).rejects.toMatchObject({ name: 'TransactionError' })
  await play.done()
  expect(play.heard[0]?.filter(({ name }) => name === 'run').length).toBe(1)
})

it('repeats a unit of work as a whole, as after every failure that may pass', async () => {
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
