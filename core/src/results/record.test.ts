import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrokenRecordError } from '../errors/index.ts'
import { BrokenField } from '../values/broken-field.ts'
import { GraphNode, Relationship } from '../values/graph.ts'
import { GraphPath } from '../values/path.ts'
import { BoltRecord, isRecord, recordOf } from './record.ts'
import { RecordShape } from './record-shape.ts'

const ada = recordOf(new RecordShape(['name', 'age', 'tags']), ['Ada', 36, ['x', 'y']])
const empty = recordOf(new RecordShape([]), [])

describe('a record read strictly', () => {
  it('returns values by key, by index and by negative index', () => {
    expect(ada.get('name')).toBe('Ada')
    expect(ada.get(1)).toBe(36)
    expect(ada.get(-1)).toEqual(['x', 'y'])
    expect(ada.at(0)).toBe('Ada')
    expect(ada.at(-2)).toBe(36)
    expect(ada.at(-0)).toBe('Ada')
  })

  it('raises RangeError with its keys in the message when a field is missing', () => {
    expect(() => ada.get('nme')).toThrow(
      new RangeError("The record has no key 'nme'; its keys are 'name', 'age', 'tags'."),
    )
    expect(() => ada.get(3)).toThrow(new RangeError("The record has no index 3; its keys are 'name', 'age', 'tags'."))
    expect(() => ada.at(-4)).toThrow(RangeError)
    expect(() => ada.index('nme')).toThrow(/'name', 'age', 'tags'/)
    expect(() => empty.get('a')).toThrow(new RangeError("The record has no key 'a'; it has no fields."))
  })

  it('returns a passed fallback for a missing field, even if the fallback is undefined', () => {
    expect(ada.get('nme', 7)).toBe(7)
    expect(ada.get('nme', undefined)).toBeUndefined()
    expect(ada.get(9, null)).toBeNull()
    expect(ada.at(9, 'none')).toBe('none')
    expect(ada.at(9, undefined)).toBeUndefined()
    expect(ada.index('nme', undefined)).toBeUndefined()
    expect(ada.index('nme', -1)).toBe(-1)
    expect(ada.get('name', 7)).toBe('Ada')
  })

  it('rejects indices that are not integers and keys of other types', () => {
    for (const odd of [0.5, Number.NaN, Number.POSITIVE_INFINITY, undefined, null, {}, Symbol('s')]) {
      expect(() => ada.get(odd as never)).toThrow(RangeError)
      expect(ada.has(odd as never)).toBe(false)
    }
    expect(() => ada.at('name' as never)).toThrow(RangeError)
  })

  it('has no fields with the names of Object.prototype members', () => {
    expect(() => ada.get('constructor')).toThrow(RangeError)
    expect(() => ada.get('__proto__')).toThrow(RangeError)
    expect(ada.has('toString')).toBe(false)
  })

  it('returns the position of keys and indices', () => {
    expect(ada.index('age')).toBe(1)
    expect(ada.index(2)).toBe(2)
    expect(ada.index(-1)).toBe(2)
    expect(ada.has('age')).toBe(true)
    expect(ada.has(2)).toBe(true)
    expect(ada.has(3)).toBe(false)
  })
})

describe('a record read leniently', () => {
  it('returns the first value, and null or the fallback for a missing field', () => {
    expect(ada.value()).toBe('Ada')
    expect(ada.value('age')).toBe(36)
    expect(ada.value(-1)).toEqual(['x', 'y'])
    expect(ada.value('nme')).toBeNull()
    expect(ada.value(9)).toBeNull()
    expect(ada.value('nme', 7)).toBe(7)
    expect(empty.value()).toBeNull()
    expect(empty.value(undefined, 'none')).toBe('none')
  })

  it('returns null for unknown keys in values, entries and data', () => {
    expect(ada.values('age', 'nme', 0)).toEqual([36, null, 'Ada'])
    expect(ada.entries('age', 'nme', 0)).toEqual([
      ['age', 36],
      ['nme', null],
      ['name', 'Ada'],
    ])
    expect(ada.data('age', 'nme', -3)).toEqual({ age: 36, nme: null, name: 'Ada' })
  })

  it('raises RangeError for an index out of range in values, entries and data', () => {
    expect(() => ada.values(3)).toThrow(RangeError)
    expect(() => ada.entries(-4)).toThrow(RangeError)
    expect(() => ada.data('name', 3)).toThrow(RangeError)
  })
})

describe('a record as a whole', () => {
  it('has keys, length, values and entries, and iterates over its values', () => {
    expect(ada.keys).toEqual(['name', 'age', 'tags'])
    expect(Object.isFrozen(ada.keys)).toBe(true)
    expect(ada.length).toBe(3)
    expect([...ada]).toEqual(['Ada', 36, ['x', 'y']])
    expect(ada.values()).toEqual([...ada])
    expect(ada.entries()).toEqual([
      ['name', 'Ada'],
      ['age', 36],
      ['tags', ['x', 'y']],
    ])
  })

  it('does not change when a list of its values is changed', () => {
    ada.values().length = 0
    ada.entries().length = 0
    expect(ada.values()).toHaveLength(3)
  })

  it('slices like an array into a record', () => {
    expect(isRecord(ada.slice(1))).toBe(true)
    expect(ada.slice(1).entries()).toEqual([
      ['age', 36],
      ['tags', ['x', 'y']],
    ])
    expect(ada.slice(-1).keys).toEqual(['tags'])
    expect(ada.slice(0, -1).get('age')).toBe(36)
    expect(ada.slice(5).length).toBe(0)
  })

  it('converts to a plain object', () => {
    expect(ada.toObject()).toEqual({ name: 'Ada', age: 36, tags: ['x', 'y'] })
    expect(Object.getPrototypeOf(ada.toObject())).toBe(Object.prototype)
  })

  it('keeps a field called __proto__ as an own key', () => {
    const record = recordOf(new RecordShape(['__proto__', 'm']), [{ evil: true }, JSON.parse('{"__proto__": [1]}')])
    for (const object of [record.toObject(), record.data(), record.toJSON()]) {
      expect(Object.keys(object)).toEqual(['__proto__', 'm'])
      expect(Object.keys(object['m'] as object)).toEqual(['__proto__'])
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      expect('evil' in object).toBe(false)
    }
    expect(record.get('__proto__')).toEqual({ evil: true })
  })

  it('converts to JSON without losing digits', () => {
    const record = new BoltRecord({ small: 1n, big: 2n ** 60n, bytes: new Uint8Array([1, 2]), nan: Number.NaN })
    expect(JSON.stringify(record)).toBe('{"small":1,"big":"1152921504606846976","bytes":"AQI=","nan":null}')
  })

  it('has neither its shape nor its fields as own properties', () => {
    expect(Reflect.ownKeys(ada)).toEqual([])
    expect({ ...ada }).toEqual({})
  })

  it('prints its fields', () => {
    expect(inspect(ada)).toBe("Record { name: 'Ada', age: 36, tags: [ 'x', 'y' ] }")
    expect(inspect(empty)).toBe('Record {}')
    expect(inspect([[[ada]]], { depth: 1 })).toBe('[ [ [Array] ] ]')
    expect(inspect({ a: { b: ada } }, { depth: 1 })).toBe('{ a: { b: [Record] } }')
  })
})

describe('a record made by the user', () => {
  it('is created from an object, a Map, an iterable of pairs or a record', () => {
    const pairs = [
      ['name', 'Ada'],
      ['age', 36],
    ] as const
    const expected = new BoltRecord({ name: 'Ada', age: 36 })
    for (const source of [new Map<string, unknown>(pairs), pairs, new Set(pairs).values(), expected]) {
      const record = new BoltRecord(source as Iterable<readonly [string, unknown]>)
      expect(record.keys).toEqual(['name', 'age'])
      expect(record.equals(expected)).toBe(true)
    }
  })

  it('rejects a source without pairs with an error that names what was found', () => {
    const make = (source: unknown) => () => new BoltRecord(source as object)
    expect(make(5)).toThrow(
      new TypeError('A record is made from a plain object, a Map or an iterable of [key, value] pairs; found 5.'),
    )
    expect(make(null)).toThrow(/found null/)
    expect(make('ab')).toThrow(/found a string/)
    expect(make(new Date())).toThrow(/found an object of class Date/)
    expect(make([['a', 1, 2]])).toThrow(/holds an array of 3/)
    expect(make(['ab'])).toThrow(/holds a string/)
    expect(make([[1, 'a']])).toThrow(/keys are strings; found 1/)
    expect(
      make([
        ['a', 1],
        ['a', 2],
      ]),
    ).toThrow(/'a' occurs twice/)
  })
})

describe('equality of records', () => {
  it('compares a record both by order and by key', () => {
    expect(ada.equals(new BoltRecord({ name: 'Ada', age: 36n, tags: ['x', 'y'] }))).toBe(true)
    expect(ada.equals(new BoltRecord({ age: 36, name: 'Ada', tags: ['x', 'y'] }))).toBe(false)
    const same = new BoltRecord({ a: 1, b: 1 })
    expect(same.equals(new BoltRecord({ b: 1, a: 1 }))).toBe(true)
    expect(same.equals(new BoltRecord({ a: 1, c: 1 }))).toBe(false)
    expect(ada.equals(new BoltRecord({ name: 'Ada', age: 36 }))).toBe(false)
    expect(ada.equals(new BoltRecord({ name: 'Ada', age: 37, tags: ['x', 'y'] }))).toBe(false)
  })

  it('compares an array by order', () => {
    expect(ada.equals(['Ada', 36n, ['x', 'y']])).toBe(true)
    expect(ada.equals(['Ada', 36])).toBe(false)
    expect(ada.equals([36, 'Ada', ['x', 'y']])).toBe(false)
  })

  it('compares a plain object or a Map by key', () => {
    expect(ada.equals({ tags: ['x', 'y'], name: 'Ada', age: 36 })).toBe(true)
    expect(
      ada.equals(
        new Map<string, unknown>([
          ['age', 36n],
          ['name', 'Ada'],
          ['tags', ['x', 'y']],
        ]),
      ),
    ).toBe(true)
    expect(ada.equals({ name: 'Ada', age: 36 })).toBe(false)
    expect(ada.equals({ name: 'Ada', age: 36, tags: ['x', 'y'], more: null })).toBe(false)
    expect(new BoltRecord({ a: null }).equals({ b: null })).toBe(false)
    expect(new BoltRecord({ toString: 1 }).equals({ other: 1 })).toBe(false)
  })

  it('treats all other values as unequal', () => {
    for (const other of [null, undefined, 'Ada', 3, new Date(), new Set(['Ada', 36])])
      expect(ada.equals(other)).toBe(false)
  })

  it('holds between a record and its array, object and Map forms', () => {
    const rows = fc.dictionary(
      fc.string(),
      fc.anything({ withBigInt: true, withNullPrototype: false, maxDepth: 2, key: fc.string() }),
    )
    fc.assert(
      fc.property(rows, (row) => {
        const record = new BoltRecord(new Map(Object.entries(row)))
        expect(record.equals(record.slice())).toBe(true)
        expect(record.equals(record.values())).toBe(true)
        expect(record.equals(new Map(record.entries()))).toBe(true)
        expect(record.equals(record.toObject())).toBe(true)
        expect(record.equals(new BoltRecord(record.entries()))).toBe(true)
      }),
    )
  })
})

describe('indices', () => {
  it('count as in Array.prototype.at', () => {
    const fields = fc.array(fc.integer(), { maxLength: 6 })
    const index = fc.integer({ min: -8, max: 8 })
    fc.assert(
      fc.property(fields, index, index, (values, i, j) => {
        const record = recordOf(new RecordShape(values.map((_, at) => `k${at}`)), values)
        expect(record.get(i, undefined)).toBe(values.at(i))
        expect(record.value(i)).toBe(values.at(i) ?? null)
        expect(record.slice(i, j).values()).toEqual(values.slice(i, j))
      }),
    )
  })
})

describe('data()', () => {
  const home: unknown[] = []
  const a = new GraphNode<{ [name: string]: unknown }>('a', 1, ['Person'], { name: 'Ada', born: { year: 1815 } }, home)
  const b = new GraphNode<{ [name: string]: unknown }>('b', 2, ['Person'], { name: 'Babbage' }, home)
  const knows = new Relationship<{ [name: string]: unknown }>('r', 3, 'KNOWS', { since: 1833 }, 'a', 'b', 1, 2, home)
  const strangers = new Relationship<{ [name: string]: unknown }>('s', 4, 'MET', {}, 'x', 'y', 5, 6, null)
  home.push(a, b, knows)

  it('converts nodes to properties and relationships to start, type and end', () => {
    const data = new BoltRecord({ a, knows }).data()
    expect(data).toEqual({
      a: { name: 'Ada', born: { year: 1815 } },
      knows: [{ name: 'Ada', born: { year: 1815 } }, 'KNOWS', { name: 'Babbage' }],
    })
    expect(Object.getPrototypeOf(data['a'])).toBe(Object.prototype)
  })

  it('converts end nodes that the record does not contain to empty objects', () => {
    expect(new BoltRecord({ strangers }).data()).toEqual({ strangers: [{}, 'MET', {}] })
  })

  it('converts paths to alternating lists, also when the path goes back', () => {
    const path = new GraphPath([a, b, a], [knows, knows])
    const props = { name: 'Ada', born: { year: 1815 } }
    expect(new BoltRecord({ path }).data()).toEqual({ path: [props, 'KNOWS', { name: 'Babbage' }, 'KNOWS', props] })
    expect(new BoltRecord({ p: new GraphPath([b], []) }).data()).toEqual({ p: [{ name: 'Babbage' }] })
  })

  it('converts graph values inside lists and maps, and leaves other values unchanged', () => {
    const bytes = new Uint8Array([1])
    const record = new BoltRecord({ list: [{ nodes: [b, 5n] }], bytes, nothing: null, text: 'x' })
    expect(record.data()).toEqual({ list: [{ nodes: [{ name: 'Babbage' }, 5n] }], bytes, nothing: null, text: 'x' })
    expect(record.data()['bytes']).toBe(bytes)
  })

  it('does not change the record', () => {
    const record = new BoltRecord({ list: [b] })
    record.data()
    expect(record.get('list')[0]).toBe(b)
  })
})

describe('a record with a field that could not be decoded', () => {
  const cause = new Error('the reason behind')
  const broken = recordOf(new RecordShape(['ok', 'big', 'also']), [
    1,
    new BrokenField("2^60 is too large for a number; set integers: 'bigint'", cause),
    3,
  ])

  it('raises BrokenRecordError with the key and the reason, however the field is read', () => {
    const reads: { [name: string]: () => unknown } = {
      get: () => broken.get('big'),
      'get by index': () => broken.get(1),
      'get with a default': () => broken.get('big', 0),
      at: () => broken.at(-2),
      value: () => broken.value('big', 0),
      values: () => broken.values(),
      'some values': () => broken.values('big'),
      entries: () => broken.entries(),
      'some entries': () => broken.entries(1),
      data: () => broken.data(),
      'some data': () => broken.data('big'),
      toObject: () => broken.toObject(),
      toJSON: () => JSON.stringify(broken),
      iteration: () => [...broken],
      'equals a record': () => broken.equals(broken),
      'equals an array': () => broken.equals([]),
      'equals an object': () => broken.equals({}),
      'equal by another': () => new BoltRecord({ ok: 1, big: 2, also: 3 }).equals(broken),
    }
    for (const [name, read] of Object.entries(reads)) {
      expect(read, name).toThrow(BrokenRecordError)
      expect(read, name).toThrow(/'big'.*2\^60 is too large for a number; set integers: 'bigint'/)
    }
  })

  it('raises an error with the cause if there is one', () => {
    let raised: unknown
    try {
      broken.get('big')
    } catch (error) {
      raised = error
    }
    expect((raised as Error).cause).toBe(cause)
  })

  it('returns its other fields', () => {
    expect(broken.get('ok')).toBe(1)
    expect(broken.values('also', 'ok')).toEqual([3, 1])
    expect(broken.data('also')).toEqual({ also: 3 })
    expect(broken.has('big')).toBe(true)
    expect(broken.index('big')).toBe(1)
    const [first] = broken
    expect(first).toBe(1)
    expect(broken.slice(0, 1).values()).toEqual([1])
    expect(() => broken.slice(1).get('big')).toThrow(BrokenRecordError)
  })

  it('prints the reason', () => {
    expect(inspect(broken, { breakLength: Number.POSITIVE_INFINITY })).toBe(
      "Record { ok: 1, big: <not decoded: 2^60 is too large for a number; set integers: 'bigint'>, also: 3 }",
    )
  })
})

describe('isRecord', () => {
  it('recognises records by their brand, also those of another copy of the package', () => {
    expect(isRecord(ada)).toBe(true)
    expect(isRecord({ [Symbol.for('@boltline/core.Record')]: true })).toBe(true)
    for (const other of [null, undefined, {}, [], 'Record', () => ada]) expect(isRecord(other)).toBe(false)
  })
})
