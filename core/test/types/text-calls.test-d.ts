/**
 * Calls whose query is a literal text: what compiles. `tsc` compiles this file with the rest, and tools/checks/compilers.mjs as a user's
 * program with every supported TypeScript. The mistakes that don't compile are in core/test/tools/query-types.test.ts, which
 * asserts where the error is and what it names.
 */
import {
  type Driver,
  type EagerResult,
  Query,
  type Result,
  type ResultPromise,
  type Session,
  type Transaction,
} from '@boltline/core'

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false

/** Fails to compile unless the value has exactly the expected type. */
function exactly<Expected>() {
  return <Actual>(_value: Actual, ..._proof: Same<Actual, Expected> extends true ? [] : [never]): void => undefined
}

interface Film {
  title: string
  year: number
}

declare const driver: Driver
declare const session: Session
declare const tx: Transaction
declare const text: string
declare const pattern: `RETURN ${string}`
declare const oneOfTwo: 'RETURN $a AS x' | 'RETURN $b AS x'
// biome-ignore lint/suspicious/noExplicitAny: values of type any are parameters as well
declare const anything: any
// biome-ignore lint/suspicious/noExplicitAny: fields of a row that is read from a text
type Anything = any

export async function columns(): Promise<void> {
  const { records, keys } = await driver.executeQuery('MATCH (f:Film) RETURN f.title AS title, count(*)')
  const [record] = records
  exactly<readonly ('title' | 'count(*)')[]>()(keys)
  exactly<Anything>()(record?.get('title'))
  exactly<Anything>()(record?.get('count(*)'))
  exactly<Anything>()(record?.get(0))
  exactly<Anything>()(record?.get(text))
  exactly<Anything>()(record?.get('absent', null))
  exactly<Anything>()(record?.toObject().title)
  record?.value('absent')
  record?.value(text)
  record?.index(text)
  await session.run('RETURN 1 AS x').value('x')
  const open = await driver.executeQuery('MATCH (n) RETURN *')
  open.records[0]?.get('whatever').toUpperCase()
  const none = await driver.executeQuery('CREATE (:Film)')
  exactly<readonly never[]>()(none.keys)
}

export async function parameters(film: Film, part: { title?: string }, either: Film | { other: 1 }): Promise<void> {
  await driver.executeQuery('RETURN $title AS x', { title: 'Heat' })
  await driver.executeQuery('RETURN $title AS x', film)
  await driver.executeQuery('RETURN $title AS x', part)
  await driver.executeQuery('RETURN $title AS x', either)
  await driver.executeQuery('RETURN $title AS x', anything)
  await driver.executeQuery('RETURN $title AS x', { title: anything }, { routing: 'READ' })
  await driver.executeQuery('RETURN $title AS x', {} as Record<string, unknown>)
  await driver.executeQuery('RETURN $title AS x', {} as object)
  await driver.executeQuery('RETURN $title AS x', new Map([['title', 1]]))
  await driver.executeQuery('RETURN $title AS x', film as Film | undefined)
  await driver.executeQuery('RETURN 1 AS x', film)
  const more = { title: 'Heat', unused: 1 }
  await driver.executeQuery('RETURN $title AS x', more)
  await driver.executeQuery('RETURN 1 AS x', more)
  await driver.executeQuery('RETURN 1 AS x', {})
  await driver.executeQuery('RETURN 1 AS x', null, { routing: 'READ' })
  await driver.executeQuery('RETURN 1 AS x', undefined, null)
  await driver.executeQuery('EXPLAIN RETURN $x')
  await driver.executeQuery(text, { anything: 1 })
  await driver.executeQuery(pattern, { anything: 1 })
  await driver.executeQuery(oneOfTwo, { anything: 1 })
  await driver.executeQuery('MATCH (n) RETURN n', anything)
  await driver.executeQuery(new Query('RETURN $title AS x', { timeout: 1 }), { title: 'Heat' })
  await driver.executeQuery(new Query(text), { anything: 1 })
  await driver.executeQuery(text as string | Query)
  await session.run('RETURN $title AS x', { title: 'Heat' }, { timeout: 1 })
  await tx.run('RETURN $title AS x', { title: 'Heat' })
  exactly<number>()(await driver.executeQuery('RETURN $a', { a: 1 }, { resultTransformer: () => 1 }))
}

export async function rowTypes(): Promise<void> {
  exactly<EagerResult<Film>>()(await driver.executeQuery<Film>('MATCH (f) WHERE f.id = $id RETURN f.title AS title'))
  exactly<EagerResult<Film>>()(await driver.executeQuery<Film>('RETURN $x AS y', { x: 1 }))
  exactly<EagerResult<Anything>>()(await driver.executeQuery<Anything>('RETURN 1 AS x'))
  exactly<ResultPromise<Film>>()(session.run<Film>('RETURN $x AS y', { x: 1 }))
  const untyped: EagerResult = await driver.executeQuery('RETURN 1 AS x')
  const typed: EagerResult<{ x: number }> = await driver.executeQuery('RETURN 1 AS x')
  exactly<EagerResult<Anything>>()(untyped)
  exactly<EagerResult<{ x: number }>>()(typed)
}

/** A function of the user that passes its own type parameter on. */
export async function generic<Row extends object>(query: string, given: object): Promise<EagerResult<Row>> {
  await tx.run<Row>(query)
  return driver.executeQuery<Row>(query, given)
}

export function genericRun<Row extends object>(query: string): Promise<Result<Row>> {
  return session.run<Row>(query)
}
