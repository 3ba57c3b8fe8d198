/** The types of records and eager results. `tsc` compiles this file with the rest; nothing here runs. */
import { EagerResult } from '../../src/results/eager-result.ts'
import { BoltRecord, isRecord } from '../../src/results/record.ts'
import type { ResultSummary } from '../../src/results/summary.ts'
import type { GraphNode } from '../../src/values/graph.ts'

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false

/** Fails to compile unless the value has exactly the expected type. */
function exactly<Expected>() {
  return <Actual>(_value: Actual, ..._proof: Same<Actual, Expected> extends true ? [] : [never]): void => undefined
}

interface Person {
  name: string
  age: number | null
  home: GraphNode
  nickname?: string
}

// biome-ignore lint/suspicious/noExplicitAny: the type of the values of an untyped row
type Anything = any
type Home = GraphNode
type Cell = string | number | null | Home | undefined

declare const person: BoltRecord<Person>
declare const untyped: BoltRecord
declare const key: string
declare const keyOrIndex: 'name' | number

export function aTypedRecord(): void {
  exactly<string>()(person.get('name'))
  exactly<number | null>()(person.get('age'))
  exactly<string | undefined>()(person.get('nickname'))
  exactly<Cell>()(person.get(0))
  exactly<Cell>()(person.get(keyOrIndex))
  exactly<string | boolean>()(person.get('name', false))
  exactly<string | undefined>()(person.get('name', undefined))
  // @ts-expect-error: the row has no such key
  person.get('nme')
  // @ts-expect-error: a default doesn't make the key valid
  person.get('nme', null)
  // @ts-expect-error: an arbitrary string is no key
  person.get(key)

  exactly<Cell>()(person.at(-1))
  exactly<Cell | 'none'>()(person.at(9, 'none' as const))
  // @ts-expect-error: `at` takes indices
  person.at('name')
  exactly<number>()(person.index('name'))
  exactly<number | null>()(person.index('name', null))
  exactly<boolean>()(person.has(key))

  exactly<Cell>()(person.value())
  exactly<string>()(person.value('name'))
  exactly<Cell>()(person.value(key))
  exactly<string | 0>()(person.value('name', 0 as const))

  exactly<readonly ('name' | 'age' | 'home' | 'nickname')[]>()(person.keys)
  exactly<Cell[]>()(person.values())
  exactly<[string, number | null]>()(person.values('name', 'age'))
  exactly<Cell[]>()(person.values(0, key))
  exactly<['name' | 'age' | 'home' | 'nickname', Cell][]>()(person.entries())
  exactly<Person>()(person.toObject())
  exactly<BoltRecord>()(person.slice(1))
  for (const value of person) exactly<Cell>()(value)
}

export function dataOfATypedRecord(): void {
  const data = person.data()
  exactly<string>()(data.name)
  exactly<number | null>()(data.age)
  exactly<unknown>()(data.home)
  exactly<string>()(person.data('name').name)
  // @ts-expect-error: the call did not request this key
  person.data('name').age
  exactly<unknown>()(person.data(key, 0)['anything'])
}

export function anUntypedRecord(): void {
  exactly<Anything>()(untyped.get('name'))
  exactly<Anything>()(untyped.get(key))
  exactly<Anything>()(untyped.get(0))
  exactly<Anything>()(untyped.get('name', null))
  exactly<Anything>()(untyped.at(0))
  exactly<Anything>()(untyped.value())
  exactly<Anything>()(untyped.toObject())
  exactly<Anything[]>()(untyped.values())
  exactly<readonly string[]>()(untyped.keys)
  exactly<[string, Anything][]>()(untyped.entries())
  untyped.data()['name'].toUpperCase()
  untyped.get('name').toUpperCase()
  for (const value of untyped) exactly<Anything>()(value)
}

export function madeRecords(): void {
  exactly<BoltRecord<{ name: string; age: number }>>()(new BoltRecord({ name: 'Ada', age: 36 }))
  exactly<BoltRecord>()(new BoltRecord(new Map([['name', 'Ada']])))
  exactly<BoltRecord>()(new BoltRecord([['name', 'Ada']]))
  exactly<BoltRecord<{ name: string }>>()(new BoltRecord<{ name: string }>([['name', 'Ada']]))
  // @ts-expect-error: a number is no iterable of pairs
  new BoltRecord(5)
}

export function assignability(): void {
  const loose: BoltRecord = person
  const typed: BoltRecord<Person> = untyped
  const part: BoltRecord<{ name: string }> = new BoltRecord({ name: 'Ada' })
  const unknowns: unknown = [loose, typed, part]
  if (isRecord(unknowns)) exactly<BoltRecord>()(unknowns)
}

export function eagerResults(eager: EagerResult<Person>, loose: EagerResult): void {
  const { records, summary, keys } = eager
  exactly<BoltRecord<Person>[]>()(records)
  exactly<ResultSummary>()(summary)
  exactly<readonly ('name' | 'age' | 'home' | 'nickname')[]>()(keys)
  exactly<string | undefined>()(records[0]?.get('name'))
  exactly<Anything>()(loose.records[0]?.get('name'))
  exactly<readonly string[]>()(loose.keys)
  const [byPosition] = eager
  exactly<BoltRecord<Person>[] | ResultSummary | readonly (keyof Person)[] | undefined>()(byPosition)
  exactly<EagerResult<{ n: number }>>()(new EagerResult([new BoltRecord({ n: 1 })], summary, ['n']))
}
