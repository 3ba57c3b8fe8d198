import { startScripted } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { GraphDatabase } from '../../src/index.ts'
import { ManualClock, useClock } from '../../src/testing.ts'

it('leads every rejection to the line that awaits it, however many calls were made in the same second', async () => {
  await using server = await startScripted()
  server.when('works').returns([])
  server.when('fails').fails('Neo.ClientError.Statement.SyntaxError')
  server.when('breaks off').streams(5, (i) => {
    if (i === 3) throw new Error('no more')
    return { x: i }
  })
  await using driver = GraphDatabase.driver(server.uri, { fetchSize: 2 })
  async function executing() {
    await driver.executeQuery('fails')
  }
  async function looping() {
    await using session = driver.session()
    for await (const record of session.run('breaks off')) record.get('x')
  }
  async function fetching() {
    await using session = driver.session()
    const result = await session.run('breaks off')
    for (let n = 0; n < 5; n++) await result.fetch(1)
  }
  const restore = useClock(new ManualClock(Date.now()))
  try {
    for (let n = 0; n < 600; n++) await driver.executeQuery('works')
    for (const call of [executing, looping, fetching]) {
      const error = (await call().catch((reason: unknown) => reason)) as Error
      expect(error.stack).toMatch(new RegExp(`^ +at (async )?${call.name} `, 'm'))
    }
  } finally {
    restore()
  }
})
