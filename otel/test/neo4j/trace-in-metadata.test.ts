import { GraphDatabase } from '@boltline/core'
import { expect, inject, it, vi } from 'vitest'
import { lines, startSdk } from '../sdk.ts'

const { boltUri, user, password } = inject('neo4j')
it.each(lines)('SHOW TRANSACTIONS names the trace that a running query is exported with (%s)', async (line) => {
  // A text of its own: the server may still be ending the queries of the test before.
  const slow = `UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 8 RETURN count(i) AS \`${line}\``
  await using sdk = startSdk(
    { propagate: 'tx-metadata', ignore: ({ text }) => text?.startsWith('SHOW') === true },
    line,
  )
  await using driver = GraphDatabase.driver(boltUri, { auth: [user, password] })
  const running = async () => {
    const { records } = await driver.executeQuery('SHOW TRANSACTIONS YIELD currentQuery, metaData')
    return records.filter((record) => record.get('currentQuery') === slow).map((record) => record.get('metaData'))
  }
  await using session = driver.session()
  const abort = new AbortController()
  const { signal } = abort
  const calls = [
    () => driver.executeQuery(slow, {}, { signal, metadata: { app: 'shop' } }),
    () => session.run(slow, {}, { signal }).consume(),
  ].map((call) => call().catch((error) => error))
  const metadata = await vi.waitFor(
    async () => {
      const found = await running()
      expect(found).toHaveLength(2)
      return found
    },
    { timeout: 20_000, interval: 50 },
  )
  abort.abort()
  await Promise.all(calls)
  const spans = sdk.spans()
  const exported = spans
    .filter(({ name }) => name === 'neo4j.transaction.attempt' || name === 'UNWIND')
    .map(({ traceId, id }) => `00-${traceId}-${id}-01`)
  for (const { traceparent } of metadata) expect(exported).toContain(traceparent)
  expect(metadata.filter(({ app }) => app === 'shop')).toHaveLength(1)
  expect(new Set(metadata.map(({ traceparent }) => traceparent)).size).toBe(2)
})
