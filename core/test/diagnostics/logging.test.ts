import { inspect } from 'node:util'
import { C, S, startPlay, startScripted } from '@boltline/embedded'
import { afterEach, expect, it, vi } from 'vitest'
import { basicAuth, GraphDatabase, watch } from '../../src/index.ts'

const secrets = ['s3cret-password', 'parameter-value-4711', 'metadata-value-4712']

afterEach(() => vi.restoreAllMocks())

async function work(config: object): Promise<string[]> {
  await using server = await startScripted({ auth: ['neo4j', 's3cret-password'] })
  server.when('RETURN $x AS x').returns([{ x: 1 }])
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  await using driver = GraphDatabase.driver(server.uri, { auth: basicAuth('neo4j', 's3cret-password'), ...config })
  await using session = driver.session()
  await session
    .run('RETURN $x AS x', { x: 'parameter-value-4711' }, { metadata: { m: 'metadata-value-4712' } })
    .consume()
  const failure = await driver.executeQuery('BAD', { x: 'parameter-value-4711' }).catch((error) => error)
  const shown = [driver, session, failure, basicAuth('neo4j', 's3cret-password'), { auth: driver }]
  const wrong = GraphDatabase.driver(server.uri, { auth: ['neo4j', 's3cret-password-not'] })
  const refused = await wrong.verifyConnectivity().catch((error) => error)
  await wrong.close()
  return [...shown, refused]
    .map((value) => inspect(value, { depth: 10, showHidden: false }))
    .concat(JSON.stringify(shown[3]))
}

it('watch() prints the lines of all loggers or of one, at a level, until it is stopped', async () => {
  const lines: string[] = []
  const out = { write: (text: string) => lines.push(text) }
  const watcher = watch('boltline', { level: 'debug', out, colour: false })
  const shown = await work({})
  watcher.stop()
  const all = lines.join('')
  expect(all).toMatch(/boltline\.io.*C: HELLO/)
  expect(all).toMatch(/C: RUN "RETURN \$x AS x"/)
  expect(all).toMatch(/S: FAILURE Neo\.ClientError\.Statement\.SyntaxError/)
  expect(all).toMatch(/boltline\.pool/)
  for (const secret of secrets) {
    expect(all).not.toContain(secret)
    for (const text of shown) expect(text).not.toContain(secret)
  }
  const before = lines.length
  await work({})
  expect(lines.length).toBe(before)
  {
    using pool = watch('boltline.pool', { out })
    expect(pool).toBeDefined()
    await work({})
  }
  expect(lines.slice(before).length).toBeGreaterThan(0)
  expect(lines.slice(before).every((line) => line.includes('boltline.pool'))).toBe(true)
})

it('a logger of the caller gets one string per line, and may throw', async () => {
  const calls: unknown[][] = []
  const log = (...args: unknown[]) => {
    calls.push(args)
  }
  await work({ logger: { debug: log, info: log, warn: log, error: log } })
  expect(calls.length).toBeGreaterThan(10)
  expect(calls.every((args) => args.length === 1 && typeof args[0] === 'string')).toBe(true)
  expect(calls.some(([text]) => String(text).startsWith('boltline.io'))).toBe(true)
  for (const secret of secrets) expect(JSON.stringify(calls)).not.toContain(secret)
  const broken = () => {
    throw new Error('logger')
  }
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  await work({ logger: { debug: broken, info: broken, warn: broken, error: broken } })
  expect(emitted).toHaveBeenCalled()
})

it('warnNotificationSeverity turns notifications into process warnings, each of them once', async () => {
  await using server = await startScripted()
  const notification = {
    code: 'Neo.ClientNotification.Statement.UnknownLabelWarning',
    title: 'no such label',
    description: 'It is missing',
    severity: 'WARNING',
    category: 'UNRECOGNIZED',
  }
  server.when('Q').returns([], { notifications: [notification] })
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  await using driver = GraphDatabase.driver(server.uri, {
    protocolVersions: ['5.4'],
    warnNotificationSeverity: 'WARNING',
  })
  await driver.executeQuery('Q')
  await driver.executeQuery('Q')
  const warnings = emitted.mock.calls.map(([warning]) => warning as Error & { code?: string; query?: string })
  expect(warnings.filter(({ name }) => name === 'Neo4jWarning').length).toBe(1)
  expect(warnings[0]).toMatchObject({ code: 'BOLTLINE_NOTIFICATION', query: 'Q' })
})

it('log lines escape the control characters of text from the server', async () => {
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const greeting = {
    server: 'Neo4j/5\nFORGED',
    connection_id: 'x]\n[2026-11-30] ERROR admin logged in',
    'key\nFORGED': 1,
  }
  const failed = S.failure('Neo.ClientError.Statement.SyntaxError\nFORGED', 'message\nFORGED')
  const script = [C.hello(), S.success(greeting), C.logon(), S.success({}), C.run(), C.pull(), failed, S.ignored()]
  await using play = await startPlay([[...script, C.reset(), S.success({})]], { login: 'scripted', version: '5.4' })
  await using driver = GraphDatabase.driver(play.uri, {
    telemetryDisabled: true,
    logger: { debug: log, info: log, warn: log, error: log },
  })
  await using session = driver.session()
  await expect(session.run('Q')).rejects.toThrow('message\nFORGED')
  await play.done()
  expect(lines.filter((line) => line.includes('FORGED')).length).toBeGreaterThan(1)
  expect(lines.filter((line) => line.includes('\n'))).toEqual([])
})
