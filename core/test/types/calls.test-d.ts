/**
 * The types of the calls that run queries. `tsc` compiles this file with the rest, and tools/checks/compilers.mjs compiles it as a
 * user's program with every supported TypeScript, hence the import by package name. Nothing here runs.
 */
import {
  type BoltRecord,
  Bookmarks,
  basicAuth,
  type Driver,
  type DriverConfig,
  type EagerResult,
  type ExecuteQueryConfig,
  GraphDatabase,
  type ManagedTransaction,
  Query,
  type Result,
  type ResultPromise,
  type ResultSummary,
  type ResultTransformer,
  RoutingControl,
  resultTransformers,
  type Session,
  type SessionConfig,
  type Transaction,
  type TransactionConfig,
  unitOfWork,
} from '@boltline/core'

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false

/** Fails to compile unless the value has exactly the expected type. */
function exactly<Expected>() {
  return <Actual>(_value: Actual, ..._proof: Same<Actual, Expected> extends true ? [] : [never]): void => undefined
}

interface Person {
  name: string
  age: number
}

declare const driver: Driver
declare const session: Session
declare const tx: Transaction
declare const managed: ManagedTransaction

export function executeQuery(): void {
  exactly<Promise<EagerResult<Person>>>()(driver.executeQuery<Person>('RETURN 1'))
  // biome-ignore lint/suspicious/noExplicitAny: a row without a type parameter is read without casts
  exactly<Promise<EagerResult<any>>>()(
    driver.executeQuery('RETURN *', { x: 1 } as object, { routing: 'READ', database: null }),
  )
  exactly<Promise<EagerResult<Person>>>()(
    driver.executeQuery<Person>(new Query('RETURN 1', { timeout: 1 }), null, { resultTransformer: null }),
  )
  exactly<Promise<EagerResult<Person>>>()(driver.executeQuery<Person>('RETURN 1', undefined, null))
  exactly<Promise<EagerResult<Person>>>()(driver.executeQuery<Person>('RETURN 1', {}, { resultTransformer: undefined }))

  exactly<Promise<number>>()(driver.executeQuery('RETURN 1', {}, { resultTransformer: () => 1 }))
  exactly<Promise<string>>()(driver.executeQuery('RETURN 1', {}, { resultTransformer: async () => 'later' }))
  exactly<Promise<string>>()(driver.executeQuery<string>('RETURN 1', {}, { resultTransformer: async () => 'later' }))
  exactly<Promise<BoltRecord | null>>()(
    driver.executeQuery('RETURN 1', {}, { resultTransformer: resultTransformers.single }),
  )
  exactly<Promise<BoltRecord>>()(
    driver.executeQuery('RETURN 1', {}, { resultTransformer: resultTransformers.singleStrict }),
  )
  exactly<Promise<ResultSummary>>()(
    driver.executeQuery('RETURN 1', {}, { routing: 'w', resultTransformer: resultTransformers.consume }),
  )
  exactly<Promise<readonly [BoltRecord, ResultSummary]>>()(
    driver.executeQuery('RETURN 1', null, {
      resultTransformer: async (result) => [await result.single({ strict: true }), await result.consume()] as const,
    }),
  )
  const transformer: ResultTransformer<Date> = () => new Date()
  exactly<Promise<Date>>()(driver.executeQuery('RETURN 1', {}, { resultTransformer: transformer }))
  // Options built elsewhere may contain a transformer or none.
  const config: ExecuteQueryConfig = { database: 'neo4j', auth: basicAuth('neo4j', 'secret') }
  exactly<Promise<unknown>>()(driver.executeQuery('RETURN 1', {}, config))

  // @ts-expect-error: misspelt option
  driver.executeQuery('RETURN 1', {}, { databse: 'neo4j' })
  // @ts-expect-error: no such mode
  driver.executeQuery('RETURN 1', {}, { routing: 'read' })
  // @ts-expect-error: parameters are an object, not a string
  driver.executeQuery('RETURN 1', 'x')
  // @ts-expect-error: the query is missing
  driver.executeQuery()
}

export async function rows(): Promise<void> {
  const { records, summary, keys } = await driver.executeQuery<Person>(
    'RETURN 1',
    { x: 1 },
    { routing: RoutingControl.READ },
  )
  exactly<BoltRecord<Person>[]>()(records)
  exactly<readonly ('name' | 'age')[]>()(keys)
  exactly<ResultSummary>()(summary)
  exactly<string | undefined>()(records.at(0)?.get('name'))
  for (const part of await driver.executeQuery('RETURN *'))
    exactly<BoltRecord[] | ResultSummary | readonly string[]>()(part)
}

export async function run(): Promise<void> {
  exactly<ResultPromise<Person>>()(session.run<Person>('RETURN 1'))
  // biome-ignore lint/suspicious/noExplicitAny: a row without a type parameter is read without casts
  exactly<ResultPromise<any>>()(session.run('RETURN *, $x', { x: 1 }, { timeout: 1, metadata: { a: 1 }, signal: null }))
  exactly<Result<Person>>()(await session.run<Person>(new Query('RETURN 1')))
  exactly<BoltRecord<Person>>()(await session.run<Person>('RETURN 1').single({ strict: true }))
  exactly<BoltRecord<Person> | null>()(await session.run<Person>('RETURN 1').single())
  exactly<BoltRecord<Person> | null>()(await session.run<Person>('RETURN 1').first())
  exactly<BoltRecord<Person>[]>()(await session.run<Person>('RETURN 1').fetch(2))
  for await (const record of session.run<Person>('RETURN 1')) exactly<number>()(record.get('age'))
  for await (const record of await session.run<Person>('RETURN 1')) exactly<string>()(record.get('name'))
  const promise: Promise<Result> = session.run('RETURN 1')
  await promise
  exactly<ResultPromise<Person>>()(tx.run<Person>('RETURN 1', { x: 1 }))
  exactly<ResultPromise<Person>>()(managed.run<Person>('RETURN 1', null))
  // @ts-expect-error: beginTransaction takes the options of a transaction, not run
  tx.run('RETURN 1', {}, { timeout: 1 })
  // @ts-expect-error: misspelt option
  session.run('RETURN 1', {}, { timout: 1 })
  // @ts-expect-error: the row has no such key
  ;(await session.run<Person>('RETURN 1').single({ strict: true })).get('nme')
}

export async function units(): Promise<void> {
  exactly<number>()(await session.executeRead(() => 1))
  exactly<string>()(
    await session.executeWrite(async (work) => String(await work.run('RETURN 1').single()), { timeout: 1 }),
  )
  exactly<undefined>()(await session.executeWrite(async () => undefined))
  const limited = unitOfWork({ timeout: 1 })(async (work: ManagedTransaction, extra: number) => [work, extra] as const)
  exactly<readonly [ManagedTransaction, number]>()(await session.executeRead((work) => limited(work, 1)))
  const config: TransactionConfig = { timeout: 1, metadata: new Map([['a', 1]]), signal: AbortSignal.timeout(1) }
  exactly<Transaction>()(await session.beginTransaction(config))
  exactly<Transaction>()(await session.beginTransaction())
  // @ts-expect-error: a unit of work is a function, not a query
  await session.executeRead('RETURN 1')
  // @ts-expect-error: the driver ends a managed transaction
  await session.executeRead((work) => work.commit())
}

export function sessions(): void {
  exactly<Session>()(driver.session())
  const config: SessionConfig = {
    bookmarks: Bookmarks.fromRawValues(['a']),
    database: null,
    impersonatedUser: undefined,
    defaultAccessMode: 'r',
    fetchSize: -1,
    bookmarkManager: GraphDatabase.bookmarkManager({ initialBookmarks: ['a'] }),
    auth: ['neo4j', 'secret'],
    notificationsMinSeverity: 'OFF',
    notificationsDisabledCategories: new Set(['HINT'] as const),
    integers: 'auto',
  }
  exactly<Session>()(driver.session(config))
  exactly<Bookmarks>()(session.lastBookmarks())
  exactly<boolean>()(session.closed)
  // @ts-expect-error: Bookmarks.fromRawValues converts strings to bookmarks
  driver.session({ bookmarks: ['a'] })
  // @ts-expect-error: no such mode
  driver.session({ integers: 'string' })
}

export function drivers(): void {
  exactly<Driver>()(GraphDatabase.driver('neo4j://localhost'))
  const config: DriverConfig = {
    auth: { user: 'neo4j', password: 'secret' },
    connectionTimeout: null,
    resolver: (address) => [address, 'core1:7687', ['core2', 7687]],
    logger: console,
    integers: 'bigint',
  }
  exactly<Driver>()(GraphDatabase.driver('neo4j://localhost', config))
  exactly<Driver>()(GraphDatabase.driver('neo4j://localhost', { auth: ['neo4j', 'secret'] as const }))
  exactly<Driver>()(
    GraphDatabase.driver('neo4j://localhost', { auth: { getAuth: () => null, handleSecurityException: () => false } }),
  )
  // @ts-expect-error: the option's name in the Python driver
  GraphDatabase.driver('neo4j://localhost', { max_connection_pool_size: 1 })
  // @ts-expect-error: the option takes the function's result, not the function
  GraphDatabase.driver('neo4j://localhost', { trustedCertificates: basicAuth })
}
