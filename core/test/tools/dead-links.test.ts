import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, start } from '../../../tools/testing/processes.ts'
import { type Driver, GraphDatabase } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const namespace = `boltline-${process.pid}`
const here = `bl${process.pid}h`
const there = `bl${process.pid}t`
const serverAddress = '10.213.77.2'

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')} ended with ${status}: ${error ?? stderr}`)
}

function inNamespace(...args: readonly string[]): void {
  ip('-n', namespace, ...args)
}

/** A system may forbid namespaces (a container without CAP_NET_ADMIN); silence.test.ts has a stand-in for the network there. */
const allowed = spawnSync('ip', ['netns', 'add', namespace]).status === 0

describe.runIf(allowed)('With a link over which no packet passes', () => {
  let server: Running
  const open = (): Driver =>
    GraphDatabase.driver(`bolt://${serverAddress}`, {
      keepAliveInitialDelay: 1000,
      connectionTimeout: 2000,
      maxTransactionRetryTime: 0,
    })

  beforeAll(async () => {
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace)
    ip('addr', 'add', '10.213.77.1/24', 'dev', here)
    ip('link', 'set', here, 'up')
    inNamespace('addr', 'add', `${serverAddress}/24`, 'dev', there)
    inNamespace('link', 'set', 'lo', 'up')
    inNamespace('link', 'set', there, 'up')
    const program = fileURLToPath(new URL('silent-server.mjs', import.meta.url))
    server = await start('ip', ['netns', 'exec', namespace, process.execPath, program], async () => {
      await using driver = open()
      await driver.verifyConnectivity()
    })
  })

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    ip('netns', 'delete', namespace)
  })

  it.each([
    ['a query that the server has received', false],
    ['a query that never reaches the server', true],
  ])('%s is rejected within keepAliveInitialDelay and the time of the probes', async (_which, cutFirst) => {
    inNamespace('link', 'set', there, 'up')
    const driver = open()
    await expect.poll(() => driver.verifyConnectivity().then(() => 'connected', String)).toBe('connected')
    const cut = (): void => inNamespace('link', 'set', there, 'down')
    if (cutFirst) cut()
    const started = performance.now()
    const query = driver.session().run('CALL slow()')
    if (!cutFirst) setTimeout(cut, 500)
    expect(await rejectionOf(query)).toMatchObject({ name: 'ServiceUnavailable' })
    expect(performance.now() - started).toBeLessThan(30_000)
    inNamespace('link', 'set', there, 'up')
    await driver.close()
  })
})
