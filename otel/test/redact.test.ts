import { GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { startSdk } from './sdk.ts'

it.each([
  [true, 'property `ssn` = …'],
  [false, "property `ssn` = '123-45'"],
])('A span of a result that failed with its transaction shows, with redact %s, the text %s', async (redact, says) => {
  const message = "Node(0) already exists with label `User` and property `ssn` = '123-45'"
  await using server = await startScripted()
  server.when('MANY').streams(5000, (i) => ({ i }))
  server.when('FAIL').fails('Neo.ClientError.Schema.ConstraintValidationFailed', { message })
  await using sdk = startSdk({ detail: 'message' })
  await using driver = GraphDatabase.driver(server.uri, { redact, fetchSize: 10 })
  await using session = driver.session()
  const tx = await session.beginTransaction()
  const open = await tx.run('MANY')
  const error = await tx.run('FAIL').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ message })
  await expect(open.consume()).rejects.toMatchObject({
    name: 'ResultFailedError',
    message: expect.stringContaining('123-45'),
  })
  await tx.close()
  const spans = JSON.stringify(sdk.spans())
  expect(spans).toContain(says)
  if (redact) expect(spans).not.toContain('123-45')
})
