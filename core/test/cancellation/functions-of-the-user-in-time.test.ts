import { startScripted } from '@boltline/embedded'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCertificate } from '../../../tools/neo4j/certificate.mjs'
import {
  AuthManagers,
  Bookmarks,
  bearerAuth,
  ConnectionAcquisitionTimeoutError,
  type Driver,
  type DriverConfig,
  DriverError,
  type ExecuteQueryConfig,
  ExpiringAuth,
  GraphDatabase,
  TrustAll,
} from '../../src/index.ts'
import { standingClock } from '../support/pool-fixture.ts'
import { rejectionOf } from '../support/rejection.ts'

const holder = standingClock()
const never = () => new Promise<never>(() => undefined)

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** A server that answers `Q`, and a driver for it with an acquisition timeout of a second. */
async function setUp(scheme: string, config: DriverConfig = {}, tls?: { cert: string; key: string }) {
  const server = await startScripted(tls === undefined ? {} : { tls })
  server.when('Q').returns([{ x: 1 }])
  const driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${server.port}`, {
    connectionAcquisitionTimeout: 1000,
    maxTransactionRetryTime: 0,
    ...config,
  })
  open.push(server, driver)
  return { server, driver }
}

const ask = async (driver: Driver, config: Pick<ExecuteQueryConfig, 'signal' | 'bookmarkManager'> = {}) => {
  const { records } = await driver.executeQuery('Q', {}, { database: 'neo4j', ...config })
  return records.length
}

/** Advances the clock once `started` has been called `times` times. */
async function afterCalls(
  started: { readonly mock: { readonly calls: readonly unknown[] } },
  times: number,
  ms: number,
) {
  await vi.waitFor(() => expect(started.mock.calls.length).toBe(times))
  holder.time.tick(ms)
}

/** A function whose first calls never settle, and whose later calls succeed. */
const hangs = <T>(times: number, then: () => T) => {
  let calls = 0
  return vi.fn((): T | Promise<never> => (calls++ < times ? never() : then()))
}

function isOutOfTime(error: Error, what: string): void {
  expect(error).toBeInstanceOf(ConnectionAcquisitionTimeoutError)
  expect(error.message).toContain(what)
  expect(error.message).toContain('1000 ms (connectionAcquisitionTimeout)')
}

describe.each(['bolt', 'neo4j'])('With %s:// a resolver that does not answer', (scheme) => {
  it('fails its call by connectionAcquisitionTimeout, and the next call asks it anew', async () => {
    let port = 0
    const resolver = hangs(1, () => [`127.0.0.1:${port}` as const])
    const { driver, server } = await setUp(scheme, { resolver })
    port = server.port
    const first = rejectionOf(ask(driver))
    await afterCalls(resolver, 1, 1000)
    isOutOfTime(await first, 'resolver')
    expect(await ask(driver)).toBe(1)
  })

  it('does not delay a call that follows an aborted one', async () => {
    let port = 0
    const resolver = hangs(1, () => [`127.0.0.1:${port}` as const])
    const { driver, server } = await setUp(scheme, { resolver })
    port = server.port
    const controller = new AbortController()
    const first = rejectionOf(ask(driver, { signal: controller.signal }))
    await vi.waitFor(() => expect(resolver).toHaveBeenCalledOnce())
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await first).toBe(reason)
    expect(await ask(driver)).toBe(1)
  })

  it('lets a call go at once when the driver is closed', async () => {
    const resolver = vi.fn(never)
    const { driver } = await setUp(scheme, { resolver })
    const call = rejectionOf(ask(driver))
    await vi.waitFor(() => expect(resolver).toHaveBeenCalledOnce())
    await driver.close()
    expect(await call).toBeInstanceOf(DriverError)
    expect((await call).message).toContain('The driver has been closed')
  })
})

it('a call that joined a search continues when the deadline of the call that started it passes', async () => {
  let port = 0
  const resolver = hangs(1, () => [`127.0.0.1:${port}` as const])
  const { driver, server } = await setUp('neo4j', { resolver })
  port = server.port
  const first = rejectionOf(ask(driver))
  await afterCalls(resolver, 1, 900)
  const second = ask(driver)
  holder.time.tick(100)
  isOutOfTime(await first, 'resolver')
  expect(await second).toBe(1)
})

describe.each(['bolt', 'neo4j'])('With %s:// a supplier of bookmarks that does not answer', (scheme) => {
  it('fails its own call by connectionAcquisitionTimeout and no other', async () => {
    const { driver } = await setUp(scheme)
    const bookmarksSupplier = vi.fn(never)
    const bookmarkManager = GraphDatabase.bookmarkManager({ bookmarksSupplier })
    const call = rejectionOf(ask(driver, { bookmarkManager }))
    await vi.waitFor(() => expect(bookmarksSupplier).toHaveBeenCalledOnce())
    expect(await ask(driver)).toBe(1)
    holder.time.tick(1000)
    isOutOfTime(await call, 'The bookmark manager')
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: scheme === 'bolt' ? 2 : 1 }])
  })

  it('fails its call by connectionAcquisitionTimeout after the connection was acquired, and releases it', async () => {
    const { driver } = await setUp(scheme)
    expect(await ask(driver)).toBe(1)
    const bookmarkManager = { getBookmarks: vi.fn(never), updateBookmarks: () => undefined }
    const call = rejectionOf(ask(driver, { bookmarkManager }))
    await afterCalls(bookmarkManager.getBookmarks, 1, 1000)
    isOutOfTime(await call, 'The bookmark manager')
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 1 }])
  })

  it('lets its call go at once when the driver is closed', async () => {
    const { driver } = await setUp(scheme)
    const bookmarksSupplier = hangs(0, never)
    const call = rejectionOf(ask(driver, { bookmarkManager: GraphDatabase.bookmarkManager({ bookmarksSupplier }) }))
    await vi.waitFor(() => expect(bookmarksSupplier).toHaveBeenCalledOnce())
    await driver.close()
    expect(await call).toBeInstanceOf(DriverError)
    expect((await call).message).toContain('The driver has been closed')
  })
})

it('a bookmark manager that does not take the bookmark of committed work lets its call go when the driver is closed', async () => {
  const { driver, server } = await setUp('bolt')
  const updateBookmarks = vi.fn(never)
  const call = rejectionOf(ask(driver, { bookmarkManager: { getBookmarks: () => [], updateBookmarks } }))
  await vi.waitFor(() => expect(updateBookmarks).toHaveBeenCalledOnce())
  await driver.close()
  const error = await call
  expect(error).toMatchObject({ name: 'BookmarkUpdateError', isRetryable: false })
  expect(error.message).toMatch(/committed.*The driver has been closed/)
  expect(server.calls).toHaveLength(1)
})

it('bookmarks that took until another call had found the servers need no search of their own', async () => {
  const { driver, server } = await setUp('neo4j')
  let give: (bookmarks: Bookmarks) => void = () => undefined
  const bookmarksSupplier = vi.fn(() => new Promise<Bookmarks>((resolve) => (give = resolve)))
  const call = ask(driver, { bookmarkManager: GraphDatabase.bookmarkManager({ bookmarksSupplier }) })
  await vi.waitFor(() => expect(bookmarksSupplier).toHaveBeenCalledOnce())
  expect(await ask(driver)).toBe(1)
  give(Bookmarks.fromRawValues([]))
  await vi.waitFor(() => expect(bookmarksSupplier).toHaveBeenCalledTimes(2))
  give(Bookmarks.fromRawValues([]))
  expect(await call).toBe(1)
  expect(server.connections).toBeLessThanOrEqual(2)
})

describe.each(['bolt', 'neo4j'])('With %s:// an auth manager that does not answer', (scheme) => {
  it('fails its call by connectionAcquisitionTimeout, and the next call asks the provider anew', async () => {
    const provider = hangs(1, () => new ExpiringAuth(bearerAuth('token')))
    const { driver } = await setUp(scheme, { auth: AuthManagers.bearer(provider) })
    const call = rejectionOf(ask(driver))
    await afterCalls(provider, 1, 1000)
    isOutOfTime(await call, 'getAuth()')
    expect(await ask(driver)).toBe(1)
    expect(provider).toHaveBeenCalledTimes(2)
  })

  it('is called again for the calls that joined the failed one', async () => {
    const provider = hangs(1, () => new ExpiringAuth(bearerAuth('token')))
    const { driver } = await setUp(scheme, { auth: AuthManagers.bearer(provider) })
    const first = rejectionOf(ask(driver))
    await afterCalls(provider, 1, 900)
    const second = ask(driver)
    await new Promise((resolve) => setImmediate(resolve))
    holder.time.tick(100)
    isOutOfTime(await first, 'getAuth()')
    expect(await second).toBe(1)
    expect(provider).toHaveBeenCalledTimes(2)
  })

  it('fails its call when there is an idle connection, and releases that', async () => {
    const getAuth = vi.fn((): null | Promise<never> => null)
    const { driver } = await setUp(scheme, { auth: { getAuth, handleSecurityException: () => false } })
    expect(await ask(driver)).toBe(1)
    getAuth.mockReset()
    getAuth.mockImplementation(never)
    const call = rejectionOf(ask(driver))
    await afterCalls(getAuth, 1, 1000)
    isOutOfTime(await call, 'credentials')
    expect(driver.poolMetrics()).toMatchObject([{ inUse: 0, idle: 1 }])
  })

  it('lets its call go at once when the driver is closed', async () => {
    const getAuth = vi.fn(never)
    const { driver } = await setUp(scheme, { auth: { getAuth, handleSecurityException: () => false } })
    const call = rejectionOf(ask(driver))
    await vi.waitFor(() => expect(getAuth).toHaveBeenCalledOnce())
    await driver.close()
    expect((await call).message).toContain('The driver has been closed')
  })

  it('does not delay the rejection of a call whose signal aborts while it handles a security error', async () => {
    const server = await startScripted({ auth: ['neo4j', 'secret'] })
    const handleSecurityException = vi.fn(never)
    const driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${server.port}`, {
      auth: { getAuth: () => ['neo4j', 'guess'] as const, handleSecurityException },
    })
    open.push(server, driver)
    const controller = new AbortController()
    const call = rejectionOf(ask(driver, { signal: controller.signal }))
    await vi.waitFor(() => expect(handleSecurityException).toHaveBeenCalledOnce())
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await call).toBe(reason)
  })

  it('leaves the server’s security error to the call when it does not handle it in time', async () => {
    const server = await startScripted({ auth: ['neo4j', 'secret'] })
    const handleSecurityException = vi.fn(never)
    const driver = GraphDatabase.driver(`${scheme}://127.0.0.1:${server.port}`, {
      auth: { getAuth: () => ['neo4j', 'guess'] as const, handleSecurityException },
      connectionAcquisitionTimeout: 1000,
    })
    open.push(server, driver)
    const call = rejectionOf(ask(driver))
    await afterCalls(handleSecurityException, 1, 1000)
    const refused = { code: 'Neo.ClientError.Security.Unauthorized', isRetryable: false }
    expect(await call).toMatchObject(refused)
    expect(handleSecurityException).toHaveBeenCalledOnce()
    expect(holder.time.pending).toBe(0)
    expect(driver.poolMetrics().map(({ inUse, creating }) => [inUse, creating])).toEqual([[0, 0]])
  })
})

it('a provider of client certificates that does not answer fails its call, and the next call asks it anew', async () => {
  const { certificate: cert, key } = createCertificate({ names: ['127.0.0.1'] })
  const getCertificate = hangs(1, () => null)
  const config = { encrypted: true, trustedCertificates: TrustAll(), clientCertificate: { getCertificate } }
  const { driver } = await setUp('bolt', config, { cert, key })
  const call = rejectionOf(ask(driver))
  await afterCalls(getCertificate, 1, 1000)
  isOutOfTime(await call, 'getCertificate()')
  expect(await ask(driver)).toBe(1)
})

describe('A diagnosis', () => {
  const hanging = (key: string) => {
    const asked = vi.fn(never)
    const config =
      key === 'resolver' ? { resolver: asked } : { auth: { getAuth: asked, handleSecurityException: () => false } }
    return { asked, config }
  }

  it.each([
    ['resolver', 'DNS', 'The resolver gave no answer for 127.0.0.1'],
    ['auth', 'credentials', 'The auth manager gave no credentials'],
  ])('names the limit where the %s does not answer', async (key, step, what) => {
    const { asked, config } = hanging(key)
    const { driver } = await setUp('neo4j', config)
    const diagnosis = driver.diagnose()
    await afterCalls(asked, 1, 1000)
    const { steps } = await diagnosis
    const failed = steps.find(({ status }) => status === 'failed')
    expect(failed?.name).toBe(step)
    expect(failed?.found).toContain(what)
    expect(failed?.found).toContain('1000 ms (connectionAcquisitionTimeout)')
    expect(holder.time.pending).toBe(0)
  })

  it.each(['resolver', 'auth'])('ends at once when the driver is closed while the %s is asked', async (key) => {
    const { asked, config } = hanging(key)
    const { driver } = await setUp('neo4j', config)
    const diagnosis = rejectionOf(driver.diagnose())
    await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce())
    await driver.close()
    expect(await diagnosis).toBeInstanceOf(DriverError)
    expect((await diagnosis).message).toContain('The driver has been closed')
  })
})
