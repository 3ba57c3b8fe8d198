import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Address, type DriverConfig, GraphDatabase } from '../../src/index.ts'
import { driverInternals, type Lookup } from '../../src/testing.ts'
import { rejectionOf } from '../support/rejection.ts'

let server: ScriptedServer
beforeAll(async () => {
  server = await startScripted()
  server.when('Q').returns([{ x: 1 }])
})
afterAll(() => server.close())

/** Every name leads to this machine. */
const here: Lookup = async () => ['127.0.0.1']

async function works(uri: string, config: DriverConfig, lookup: Lookup = here): Promise<unknown> {
  await using driver = GraphDatabase.driver(uri, { maxTransactionRetryTime: 0, ...config })
  driverInternals(driver).lookup = lookup
  const { records, summary } = await driver.executeQuery('Q')
  expect(records.length).toBe(1)
  return summary.server.address
}

describe.each(['bolt', 'neo4j'])('With %s:// a resolver', (scheme) => {
  it('may return addresses in any form, synchronously or as a promise', async () => {
    const { port } = server
    const asked: Address[] = []
    const answers: NonNullable<DriverConfig['resolver']>[] = [
      () => [new Address(['127.0.0.1', port])],
      () => [`127.0.0.1:${port}`],
      () => [['127.0.0.1', port]],
      () => new Set([`127.0.0.1:${port}`]),
      async () => [`127.0.0.1:${port}`],
      function* () {
        yield `127.0.0.1:${port}` as const
      },
      async function* () {
        yield `127.0.0.1:${port}` as const
      },
    ]
    for (const answer of answers) {
      await works(`${scheme}://cluster.test:${port}`, {
        resolver: (address) => {
          asked.push(address)
          return answer(address)
        },
      })
    }
    expect(asked.every((address) => address instanceof Address && String(address) === `cluster.test:${port}`)).toBe(
      true,
    )
    expect(asked.length).toBeGreaterThanOrEqual(answers.length)
  })

  it('may return host names, which are looked up, and several addresses, of which the first reachable one is used', async () => {
    const looked: string[] = []
    await works(
      `${scheme}://cluster.test:${server.port}`,
      { resolver: () => [`gone.test:${server.port}`, `core1.test:${server.port}`] },
      async (host) => {
        looked.push(host)
        if (host === 'gone.test') throw Object.assign(new Error('gone'), { code: 'ENOTFOUND' })
        return ['127.0.0.1']
      },
    )
    expect(looked).toContain('core1.test')
  })

  it('is named in the error when it returns something other than addresses', async () => {
    for (const nonsense of [undefined, 5, 'core1:7687', [5], [['core1']], [{}]]) {
      const error = await rejectionOf(works(`${scheme}://cluster.test`, { resolver: () => nonsense as never }))
      expect(error, JSON.stringify(nonsense)).toMatchObject({ name: 'ConfigurationError', isRetryable: false })
      expect(error.message).toMatch(/resolver (must return|returned)/)
    }
  })

  it('is named in the error when it returns no address, or throws', async () => {
    const empty = await rejectionOf(works(`${scheme}://cluster.test`, { resolver: () => [] }))
    expect(empty.message).toMatch(/resolver gave no address/)
    expect(empty.isRetryable).toBe(true)
    const failing = () => {
      throw new Error('registry is down')
    }
    expect((await rejectionOf(works(`${scheme}://cluster.test`, { resolver: failing }))).message).toMatch(
      /registry is down/,
    )
  })
})

describe('A host name with several addresses', () => {
  it('is reached by the first that answers, of either family', async () => {
    const { port } = server
    expect(await works(`bolt://db.test:${port}`, {}, async () => ['::1', '127.0.0.1'])).toEqual(
      new Address(['db.test', port]),
    )
    expect(await works(`bolt://db.test:${port}`, {}, async () => ['127.0.0.2', '127.0.0.1'])).toBeDefined()
  })

  it('is listed with every address that was tried when none answers', async () => {
    const error = await rejectionOf(works('bolt://db.test:1', {}, async () => ['127.0.0.1', '127.0.0.2']))
    expect(error.name).toBe('ServiceUnavailable')
    expect(error.message).toMatch(
      /db\.test:1.*127\.0\.0\.1:1 \(connection refused\).*127\.0\.0\.2:1 \(connection refused\)/,
    )
    expect(error.cause).toBeInstanceOf(AggregateError)
  })
})

it('An IPv6 address in the URI is connected to, and shown in brackets', async () => {
  const six = await startScripted({ host: '::1' }).catch(() => null)
  const port = six?.port ?? 1
  const uri = `bolt://[::1]:${port}`
  six?.when('Q').returns([{ x: 1 }])
  const outcome = await (six === null ? rejectionOf(works(uri, {})) : works(uri, {}))
  expect(six === null ? outcome.message : String(outcome)).toContain(`[::1]:${port}`)
  await six?.close()
})

it('with bolt:// and a resolver the summary names the server that answered', async () => {
  await using driver = GraphDatabase.driver('bolt://cluster.test:1', {
    resolver: () => [`127.0.0.1:${server.port}`],
  })
  expect((await driver.getServerInfo()).address.toString()).toBe(`127.0.0.1:${server.port}`)
})
