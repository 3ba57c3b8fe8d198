import { C, query, S, type Step, startPlay } from '@boltline/embedded'
import { describe, expect, it } from 'vitest'
import {
  Auth,
  Bookmarks,
  bearerAuth,
  customAuth,
  type Driver,
  type DriverConfig,
  GraphDatabase,
  kerberosAuth,
  Query,
  type Session,
  type SessionConfig,
  unitOfWork,
} from '../../src/index.ts'

type Fields = Readonly<Record<string, unknown>>

/** The messages that the server receives from a session. */
async function heard(
  version: string,
  config: DriverConfig,
  settings: SessionConfig,
  act: (session: Session) => Promise<unknown>,
  script: readonly Step[] = query(['x'], [[1]]),
): Promise<readonly { readonly name: string; readonly fields: readonly unknown[] }[]> {
  await using play = await startPlay([script], { version })
  await using driver = GraphDatabase.driver(play.uri, config)
  await using session = driver.session(settings)
  await act(session)
  await play.done()
  return play.received[0] ?? []
}

const begun = [C.begin(), S.success(), ...query(['x'], [[1]]), C.commit(), S.success({ bookmark: 'after' })]

async function runExtra(settings: SessionConfig, config: DriverConfig = {}, version = '5.8'): Promise<unknown> {
  const messages = await heard(version, config, settings, (session) => session.run('Q').consume())
  return messages[0]?.fields[2]
}

describe('HELLO and LOGON', () => {
  async function login(uri: (play: string) => string, config: DriverConfig): Promise<readonly Fields[]> {
    const script = [C.hello(), S.success({ server: 'Neo4j/5.26.0', connection_id: 'c' }), C.logon(), S.success()]
    await using play = await startPlay([[...script, C.reset(), S.success()]], { login: 'scripted' })
    await using driver = GraphDatabase.driver(uri(play.uri), config)
    await driver.verifyConnectivity().catch(() => undefined)
    return (play.received[0] ?? []).map(({ fields }) => fields[0] as Fields)
  }

  it('carry the user agent, the bolt agent and the notification filter', async () => {
    const [hello] = await login((uri) => uri, {
      userAgent: 'films/1.0',
      notificationsMinSeverity: 'WARNING',
      notificationsDisabledCategories: ['HINT'],
    })
    expect(hello).toEqual({
      user_agent: 'films/1.0',
      bolt_agent: {
        product: expect.stringMatching(/^boltline\/\d/),
        platform: expect.any(String),
        language: `Node.js/${process.versions.node}`,
        language_details: expect.stringMatching(/^v8 /),
      },
      notifications_minimum_severity: 'WARNING',
      notifications_disabled_classifications: ['HINT'],
    })
  })

  it('carry the routing context, with the address the driver was made for', async () => {
    const [hello] = await login((uri) => `${uri.replace('bolt', 'neo4j')}?policy=eu&region=north`, {})
    expect(hello?.['routing']).toEqual({
      policy: 'eu',
      region: 'north',
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    })
  })

  it.each([
    ['nothing', undefined, { scheme: 'none' }],
    ['a pair', ['u', 'p'] as const, { scheme: 'basic', principal: 'u', credentials: 'p' }],
    ['user and password', { user: 'u', password: 'p' }, { scheme: 'basic', principal: 'u', credentials: 'p' }],
    [
      'basicAuth with a realm',
      new Auth('basic', 'u', 'p', 'r'),
      { scheme: 'basic', principal: 'u', credentials: 'p', realm: 'r' },
    ],
    ['kerberosAuth', kerberosAuth('ticket'), { scheme: 'kerberos', principal: '', credentials: 'ticket' }],
    ['bearerAuth', bearerAuth('token'), { scheme: 'bearer', credentials: 'token' }],
    [
      'customAuth',
      customAuth('u', 'c', 'r', 'mine', { factor: 2 }),
      { scheme: 'mine', principal: 'u', credentials: 'c', realm: 'r', parameters: { factor: 2 } },
    ],
  ])('carry the credentials: %s', async (_name, auth, expected) => {
    const [, logon] = await login((uri) => uri, { auth })
    expect(logon).toEqual(expected)
  })
})

describe('A session', () => {
  it('sends its configured settings and no others', async () => {
    expect(await runExtra({})).toEqual({})
    expect(
      await runExtra({
        database: 'films',
        impersonatedUser: 'alice',
        defaultAccessMode: 'READ',
        bookmarks: Bookmarks.fromRawValues(['a', 'b']),
        notificationsMinSeverity: 'OFF',
        notificationsDisabledCategories: ['GENERIC', 'SCHEMA'],
      }),
    ).toEqual({
      db: 'films',
      imp_user: 'alice',
      mode: 'r',
      bookmarks: ['a', 'b'],
      notifications_minimum_severity: 'OFF',
      notifications_disabled_classifications: ['GENERIC', 'SCHEMA'],
    })
    expect(await runExtra({ notificationsDisabledCategories: [] }, {}, '5.4')).toEqual({
      notifications_disabled_categories: [],
    })
  })

  it.each([
    [undefined, undefined, 1000],
    [7, undefined, 7],
    [7, 3, 3],
    [undefined, -1, -1],
    [-1, undefined, -1],
  ])('asks for as many records at a time as driver (%s) and session (%s) say: %i', async (driver, session, n) => {
    const messages = await heard('5.8', { fetchSize: driver }, { fetchSize: session }, (each) =>
      each.run('Q').consume(),
    )
    expect(messages[1]?.fields).toEqual([{ n }])
  })

  it('refuses a setting that the server is too old for, by name', async () => {
    for (const [version, settings, name] of [
      ['5.1', { notificationsMinSeverity: 'OFF' }, 'notificationsMinSeverity'],
      ['4.3', { impersonatedUser: 'alice' }, 'impersonatedUser'],
      ['5.0', { auth: ['alice', 'secret'] }, 'auth'],
    ] as const) {
      await using play = await startPlay([[], []], { version })
      await using driver = GraphDatabase.driver(play.uri, { auth: ['neo4j', 'secret'] })
      await driver.supportsMultiDb()
      await using session = driver.session(settings)
      const refused = session.run('Q')
      await expect(refused).rejects.toMatchObject({
        name: 'ConfigurationError',
        isRetryable: false,
        message: expect.stringContaining(name),
      })
      await expect(refused).rejects.toThrow(new RegExp(`${version}`.replace('.', '\\.')))
    }
  })

  it.each([
    ['4.3', 'bolt'],
    ['4.3', 'neo4j'],
    ['4.2', 'neo4j'],
  ])('refuses impersonation over Bolt %s by %s://, naming the user', async (version, scheme) => {
    await using play = await startPlay([[]], { version })
    await using driver = GraphDatabase.driver(play.uri.replace('bolt', scheme))
    for (const use of [
      (session: Session) => session.run('Q').consume(),
      (session: Session) => session.beginTransaction(),
      (session: Session) => session.executeRead((tx) => tx.run('Q').consume()),
    ]) {
      await using session = driver.session({ database: 'films', impersonatedUser: 'that-other-dude' })
      await expect(use(session)).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringMatching(new RegExp(`that-other-dude.*speaks Bolt ${version.replace('.', '\\.')}`)),
      })
    }
  })
})

describe('A transaction', () => {
  it('sends its timeout in whole milliseconds: 0 for none, no field for the default of the server', async () => {
    for (const [timeout, said] of [
      [undefined, undefined],
      [null, undefined],
      [0, 0],
      [0.2, 1],
      [1500.01, 1501],
      [2 ** 40, 2 ** 40],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      const [run] = await heard('5.8', {}, {}, (session) => session.run('Q', {}, { timeout }).consume())
      expect((run?.fields[2] as Fields | undefined)?.['tx_timeout'], String(timeout)).toBe(said)
      const [begin] = await heard(
        '5.8',
        {},
        {},
        (session) => session.beginTransaction({ timeout }).then((tx) => tx.rollback()),
        [C.begin(), S.success(), C.rollback(), S.success()],
      )
      expect((begin?.fields[0] as Fields | undefined)?.['tx_timeout'], String(timeout)).toBe(said)
    }
  })

  it('prefers settings of the call to those of Query and unitOfWork, key by key', async () => {
    const own = { timeout: 100, metadata: { from: 'own' } }
    const [run] = await heard('5.8', {}, {}, (session) =>
      session.run(new Query('Q', own), {}, { metadata: { from: 'call' } }).consume(),
    )
    expect(run?.fields[2]).toEqual({ tx_timeout: 100, tx_metadata: { from: 'call' } })
    const work = unitOfWork(own)((tx: { run(text: string): { consume(): unknown } }) => tx.run('Q').consume())
    const [begin] = await heard('5.8', {}, {}, (session) => session.executeRead(work, { timeout: 7 }), begun)
    expect(begin?.fields[0]).toEqual({ mode: 'r', tx_timeout: 7, tx_metadata: { from: 'own' } })
    const [plain] = await heard('5.8', {}, {}, (session) => session.executeWrite(work), begun)
    expect(plain?.fields[0]).toEqual({ tx_timeout: 100, tx_metadata: { from: 'own' } })
  })

  it('uses the access mode of its call instead of the session’s', async () => {
    const settings = { defaultAccessMode: 'READ' } as const
    const consume = (tx: { run(text: string): { consume(): unknown } }) => tx.run('Q').consume()
    const [write] = await heard('5.8', {}, settings, (session) => session.executeWrite(consume), begun)
    expect(write?.fields[0]).toEqual({})
    const [read] = await heard('5.8', {}, { defaultAccessMode: 'w' }, (session) => session.executeRead(consume), begun)
    expect(read?.fields[0]).toEqual({ mode: 'r' })
    const [explicit] = await heard(
      '5.8',
      {},
      settings,
      (session) => session.beginTransaction().then((tx) => tx.rollback()),
      [C.begin(), S.success(), C.rollback(), S.success()],
    )
    expect(explicit?.fields[0]).toEqual({ mode: 'r' })
  })

  it('sends the bookmark of the transaction before it', async () => {
    const again = [C.begin(), S.success(), ...query(['x'], [[1]]), C.commit(), S.success()]
    const messages = await heard(
      '5.8',
      {},
      { bookmarks: Bookmarks.fromRawValues(['first']) },
      async (session) => {
        await session.executeWrite((tx) => tx.run('Q').consume())
        expect(session.lastBookmarks().rawValues).toEqual(['after'])
        await session.executeWrite((tx) => tx.run('Q').consume())
      },
      [...begun, ...again],
    )
    const bookmarks = messages.filter(({ name }) => name === 'begin').map(({ fields }) => fields[0])
    expect(bookmarks).toEqual([{ bookmarks: ['first'] }, { bookmarks: ['after'] }])
  })
})

describe('Telemetry', () => {
  const told = [C.telemetry(), S.success()]
  const asking = { hints: { 'telemetry.enabled': true } }
  const uses = {
    0: async (driver: Driver) => {
      await using session = driver.session()
      await session.executeRead((tx) => tx.run('Q').consume())
    },
    1: async (driver: Driver) => {
      await using session = driver.session()
      const tx = await session.beginTransaction()
      await tx.run('Q').consume()
      await tx.commit()
    },
    2: async (driver: Driver) => {
      await using session = driver.session()
      await session.run('Q').consume()
    },
    3: (driver: Driver) => driver.executeQuery('Q'),
  }

  it.each([0, 1, 2, 3] as const)('sends the API that is used (%i) when the server asks for it', async (api) => {
    const work = api === 2 ? query(['x'], [[1]]) : begun
    // BEGIN may leave with the first query or before it; what was asked is answered in order all the same.
    const script = api === 3 ? pipelined : work
    await using play = await startPlay([[...told, ...script]], { greeting: asking })
    await using driver = GraphDatabase.driver(play.uri)
    await uses[api](driver)
    await play.done()
    expect(play.received[0]?.[0]).toMatchObject({ name: 'telemetry', fields: [api] })
  })

  it.each([
    ['the server does not ask', {}, {}],
    ['it is disabled', asking, { telemetryDisabled: true }],
  ])('is silent where %s', async (_why, greeting, config) => {
    await using play = await startPlay([[...query(['x'], [[1]]), ...begun]], { greeting })
    await using driver = GraphDatabase.driver(play.uri, config)
    await uses[2](driver)
    await uses[0](driver)
    await play.done()
  })

  const pipelined = [
    C.begin(),
    C.run(),
    C.pull(),
    S.success(),
    S.success({ fields: ['x'] }),
    S.success(),
    C.commit(),
    S.success(),
  ]
})
