import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError, ParameterError } from '../errors/index.ts'
import { BrokenField } from '../values/broken-field.ts'
import { costs, limits } from './limits.ts'
import { Packer } from './pack.ts'
import { Structure } from './structure.ts'
import { Mismatch, type StructureReader, Unpacker } from './unpack.ts'

const noStructures = { write: () => false }
const raw: StructureReader = {
  read: (unpacker, tag, size) =>
    new Structure(
      tag,
      Array.from({ length: size }, () => unpacker.value()),
    ),
}

function packed(value: unknown): Buffer {
  const packer = new Packer(noStructures)
  packer.pack(value, 'parameters')
  return Buffer.from(packer.take())
}

function unpacked(bytes: Buffer, integers: 'number' | 'bigint' | 'auto' = 'auto'): unknown {
  const unpacker = new Unpacker(raw)
  unpacker.integers = integers
  unpacker.open(bytes, 0, bytes.length)
  const value = unpacker.value()
  unpacker.finish()
  return value
}

/** A RECORD message of fewer than 65,536 values. */
function recordOf(values: readonly unknown[]): Buffer {
  const count = values.length < 16 ? [0x90 + values.length] : [0xd5, values.length >> 8, values.length & 0xff]
  return Buffer.concat([Buffer.from([0xb1, 0x71, ...count]), ...values.map((value) => packed(value))])
}

function refusalOf(value: unknown): ParameterError {
  try {
    packed(value)
  } catch (error) {
    return error as ParameterError
  }
  throw new Error('it was packed')
}

describe('PackStream', () => {
  it('writes each integer in the smallest form', () => {
    const forms: [number | bigint, string][] = [
      [-16, 'f0'],
      [-17, 'c8ef'],
      [-128, 'c880'],
      [-129, 'c9ff7f'],
      [127, '7f'],
      [128, 'c90080'],
      [32767, 'c97fff'],
      [32768, 'ca00008000'],
      [-32769, 'caffff7fff'],
      [2147483648, 'cb0000000080000000'],
      [-2147483649, 'cbffffffff7fffffff'],
      [2n ** 63n - 1n, 'cb7fffffffffffffff'],
      [-(2n ** 63n), 'cb8000000000000000'],
    ]
    for (const [value, hex] of forms) {
      expect(packed(value).toString('hex')).toBe(hex)
      expect(unpacked(packed(value))).toBe(value)
    }
  })

  it('sends whole numbers as INTEGER and everything else, −0 too, as FLOAT', () => {
    expect(packed(1).toString('hex')).toBe('01')
    expect(packed(-0)[0]).toBe(0xc1)
    expect(packed(1.5)[0]).toBe(0xc1)
    expect(packed(2 ** 53)[0]).toBe(0xc1)
    expect(Object.is(unpacked(packed(-0)), -0)).toBe(true)
    expect(unpacked(packed(Number.NaN))).toBeNaN()
  })

  it('brings back any nested value', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.maxSafeInteger(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => !Number.isSafeInteger(Number(n))),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary-ascii', maxLength: 300 }),
        fc.uint8Array({ maxLength: 400 }),
        fc.array(tie('any'), { maxLength: 20 }),
        fc.dictionary(fc.string({ unit: 'binary', maxLength: 40 }), tie('any'), { maxKeys: 20, noNullPrototype: true }),
      ),
    })).any
    fc.assert(
      fc.property(value, (x) => {
        expect(unpacked(packed(x))).toEqual(x)
      }),
    )
  })

  it('keeps strings of every length around the size limits of the markers', () => {
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 65535, 65536, 1_000_000]) {
      const text = 'x'.repeat(length)
      expect(unpacked(packed(text))).toBe(text)
      expect(unpacked(packed(`${text}ä€😀`))).toBe(`${text}ä€😀`)
    }
  })

  it('keeps __proto__ as an ordinary key of its own', () => {
    const value = unpacked(packed(new Map([['__proto__', { polluted: true }]]))) as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('takes Map, Set and typed arrays for what they mean', () => {
    expect(unpacked(packed(new Map([['a', new Set([1, 2])]])))).toEqual({ a: [1, 2] })
    expect(packed(new Float32Array([1])).toString('hex')).toBe('91c13ff0000000000000')
    expect(unpacked(packed(new Int32Array([1, -5])))).toEqual([1, -5])
    expect(unpacked(packed(new BigInt64Array([1n])))).toEqual([1])
    for (const bytes of [
      Buffer.from([1, 2]),
      new Uint8Array([1, 2]),
      new Uint8Array([1, 2]).buffer,
      new DataView(new Uint8Array([1, 2]).buffer),
    ]) {
      expect(unpacked(packed(bytes))).toEqual(new Uint8Array([1, 2]))
    }
  })

  it('refuses what Cypher has no type for, naming the path', () => {
    const cyclic: Record<string, unknown> = { name: 'a' }
    cyclic['self'] = { again: cyclic }
    class Custom {}
    const cases: [unknown, string, RegExp][] = [
      [{ filter: { age: undefined } }, 'parameters.filter.age', /undefined/],
      [{ x: [{ f: () => 1 }] }, 'parameters.x[0].f', /function/],
      [{ 's p': Symbol('x') }, 'parameters["s p"]', /symbol/],
      [{ n: 2n ** 63n }, 'parameters.n', /64 bits/],
      [{ n: 2n ** 80n }, 'parameters.n', /64 bits/],
      [{ t: 'a\ud800' }, 'parameters.t', /surrogate/],
      [{ t: `${'a'.repeat(40)}\udc00` }, 'parameters.t', /surrogate/],
      [{ c: new Custom() }, 'parameters.c', /Custom/],
      [{ m: new Map([[1, 2]]) }, 'parameters.m', /string keys/],
    ]
    for (const [value, path, message] of cases) {
      const error = refusalOf(value)
      expect(error).toBeInstanceOf(ParameterError)
      expect(error.path).toBe(path)
      expect(error.message).toMatch(message)
      expect(error.message).toContain(path)
    }
    expect(refusalOf(cyclic)).toMatchObject({ path: 'parameters.self.again', message: expect.stringMatching(/cycle/) })
    const members = new Set<unknown>()
    members.add([members])
    expect(refusalOf({ x: members })).toMatchObject({
      path: 'parameters.x[0][0]',
      message: expect.stringMatching(/cycle/),
    })
    const parent: { children: object[] } = { children: [] }
    for (let i = 0; i < 1000; i++) parent.children.push({ i, parent })
    expect(refusalOf(parent).message).toMatch(/cycle/)
  })

  it('looks at each value once, however wide maps are and however deep they lie', () => {
    let looks = 0
    let value: object = {}
    for (let depth = 0; depth < 40; depth++) {
      const inner = value
      value = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, i]))
      Object.defineProperty(value, 'key3', {
        enumerable: true,
        get: () => {
          looks += 1
          return inner
        },
      })
    }
    packed(value)
    // Once more at most: nesting as deep as this is looked at for cycles.
    expect(looks).toBeLessThanOrEqual(80)
  })

  it('sends the keys of the object alone, whatever every object has been given', () => {
    Object.defineProperty(Object.prototype, 'everywhere', {
      value: 1,
      enumerable: true,
      writable: true,
      configurable: true,
    })
    try {
      expect(packed({ a: 1 }).toString('hex')).toBe('a1816101')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'everywhere')
    }
  })

  it('takes the plain objects of another realm for plain', () => {
    expect(unpacked(packed(runInNewContext('({ a: [{ b: 1 }] })')))).toEqual({ a: [{ b: 1 }] })
  })

  it('refuses a map that changes while it is read', () => {
    const value = {
      get a() {
        Reflect.deleteProperty(this, 'b')
        return 1
      },
      b: 2,
    }
    expect(refusalOf({ value }).message).toMatch(/changed its keys/)
  })

  it('packs what is nested up to a thousand deep, and tells what is deeper from a cycle', () => {
    const nested = (depth: number): unknown => {
      let value: unknown = 'bottom'
      for (let i = 0; i < depth; i++) value = [value]
      return value
    }
    for (const depth of [24, 25, 1000]) expect(unpacked(packed(nested(depth)))).toEqual(nested(depth))
    expect(refusalOf(nested(1001))).toMatchObject({
      message: expect.stringMatching(/nested more than 1000 deep/),
      path: `parameters${'[0]'.repeat(32)}…${'[0]'.repeat(8)}`,
    })
    const ring: { next?: object } = {}
    let last = ring
    for (let i = 1; i < 30; i++) last = last.next = {}
    last.next = ring
    const closes = `parameters${'.next'.repeat(30)}`
    expect(refusalOf(ring)).toMatchObject({ message: expect.stringMatching(/cycle/), path: closes })
    const branches = { deep: nested(100), ring }
    expect(refusalOf(branches)).toMatchObject({ message: expect.stringMatching(/cycle/) })
  })

  it('packs on after a refusal as if nothing had happened', () => {
    const packer = new Packer(noStructures)
    packer.pack([1], 'parameters')
    const before = packer.position
    expect(() => packer.pack({ big: 'x'.repeat(100_000), bad: [undefined] }, 'parameters')).toThrow(ParameterError)
    packer.rollback(before)
    packer.pack([2], 'parameters')
    expect(Buffer.from(packer.take()).toString('hex')).toBe('91019102')
    packer.pack('next', 'parameters')
    expect(Buffer.from(packer.take()).toString('hex')).toBe('846e657874')
  })

  it('spoils only the field of an integer that a number would round', () => {
    const record = recordOf([2n ** 53n, [1, 2n ** 60n], ['fine']])
    const unpacker = new Unpacker(raw)
    unpacker.integers = 'number'
    const [first, second, third] = unpacker.record(record, 0, record.length)
    expect(first).toBeInstanceOf(BrokenField)
    expect((first as BrokenField).reason).toMatch(/9007199254740992.*bigint/)
    expect(second).toBeInstanceOf(BrokenField)
    expect(third).toEqual(['fine'])
  })

  describe('in a record', () => {
    const widths = [
      0,
      1,
      127,
      128,
      -1,
      -16,
      -17,
      -128,
      -129,
      255,
      256,
      32_767,
      32_768,
      -32_768,
      -32_769,
      2 ** 31,
      2 ** 40,
    ]
    const texts = [
      '',
      'a',
      'é',
      '😀',
      'fifteen letters',
      'sixteen letters!',
      'some forty letters, which is no short text',
    ]
    const others = [
      null,
      true,
      false,
      0.5,
      -0,
      Number.NaN,
      new Uint8Array([1, 2]),
      [],
      [1, 'a', [null]],
      { a: 1, b: [2] },
    ]
    const values = [...widths, ...texts, ...others]

    it.each(['number', 'bigint', 'auto'] as const)('reads every value as it does elsewhere, integers as %s', (mode) => {
      const unpacker = new Unpacker(raw)
      unpacker.integers = mode
      // In a record of its own, and in one with all others around it, behind other bytes.
      for (const value of values) {
        const record = recordOf([value])
        expect(unpacker.record(record, 0, record.length)).toEqual([unpacked(packed(value), mode)])
      }
      const record = recordOf(values)
      const bytes = Buffer.concat([Buffer.from([1, 2, 3]), record, Buffer.from([0, 0, 1])])
      expect(unpacker.record(bytes, 3, 3 + record.length)).toEqual(values.map((value) => unpacked(packed(value), mode)))
    })

    it('refuses one that ends too early or too late, whatever lies behind it', () => {
      const unpacker = new Unpacker(raw)
      for (const value of values) {
        const record = recordOf(['before', value])
        for (const filler of [0x00, 0x81, 0xc0, 0xc1, 0xff]) {
          const bytes = Buffer.concat([record, Buffer.alloc(100, filler)])
          for (let end = 2; end < record.length; end++) {
            expect(() => unpacker.record(bytes, 0, end), `${String(value)} cut at ${end}`).toThrow(BoltProtocolError)
          }
          expect(() => unpacker.record(bytes, 0, record.length + 1)).toThrow(BoltProtocolError)
        }
      }
    })
  })

  it('gives integers in the mode that was chosen', () => {
    expect(unpacked(packed([1, -1, 200, 70_000, 2 ** 40]), 'bigint')).toEqual([1n, -1n, 200n, 70_000n, 2n ** 40n])
    expect(unpacked(packed([1, 2n ** 60n]), 'auto')).toEqual([1, 2n ** 60n])
  })

  it('refuses lengths and nesting beyond the message before taking memory', () => {
    const claims = [
      'd2ffffffff',
      'ceffffffff',
      'd6ffffffff',
      'daffffffff',
      'd6000fffff01',
      '8561',
      'a1',
      'c0c0',
      'c7',
      'e0',
      'cb00',
      'c1',
    ]
    for (const hex of claims) expect(() => unpacked(Buffer.from(hex, 'hex')), hex).toThrow()
    for (const hex of claims.slice(0, 5))
      expect(() => unpacked(Buffer.from(hex, 'hex')), hex).toThrow(BoltProtocolError)
    const deep = Buffer.alloc(100_000, 0x91)
    expect(() => unpacked(deep)).toThrow(/nested more than/)
    const fine = Buffer.concat([Buffer.alloc(limits.nesting - 1, 0x91), Buffer.from([0x90])])
    expect(() => unpacked(fine)).not.toThrow()
  })
})

describe('Structures within structures', () => {
  const dates = new Unpacker({
    read(unpacker, _tag, size) {
      if (size !== 1) throw new Mismatch('a date has one field')
      return { day: unpacker.integer() }
    },
  })
  const nested = (depth: number) =>
    Buffer.concat([Buffer.alloc(2 * depth, Buffer.from([0xb1, 0x44])), Buffer.from([1])])
  const record = (...values: readonly Buffer[]) =>
    Buffer.concat([Buffer.from([0xb1, 0x71, 0x90 + values.length]), ...values])
  const read = (message: Buffer) => dates.record(message, 0, message.length)

  it('are read at most twice, however deep they are nested', () => {
    let readings = 0
    const counting = new Unpacker({
      read(unpacker, _tag, size) {
        readings++
        for (let i = 0; i < size; i++) unpacker.integer()
        return 0.5
      },
    })
    const message = record(nested(999))
    counting.record(message, 0, message.length)
    expect(readings).toBe(999)
  })

  it('spoil their field alone where a date holds another', () => {
    const [before, broken, behind] = read(record(Buffer.from([7]), nested(500), Buffer.from([8])))
    expect([before, behind]).toEqual([7, 8])
    expect(broken).toBeInstanceOf(BrokenField)
  })

  it('are read as before behind a broken one', () => {
    const list = Buffer.concat([Buffer.from([0x92]), nested(3), Buffer.from([0xb1, 0x44, 1])])
    const [broken, date, large] = read(record(list, nested(1), Buffer.from([0xcb, 0x40, 0, 0, 0, 0, 0, 0, 0])))
    expect(broken).toBeInstanceOf(BrokenField)
    expect(date).toEqual({ day: 1 })
    expect(large).toBeInstanceOf(BrokenField)
  })

  it('are refused beyond the limit of nesting', () => {
    expect(() => read(record(nested(limits.nesting + 1)))).toThrow(/nested more than/)
  })

  it('of which more than a thousand are broken are refused', () => {
    const header = Buffer.from([0xb1, 0x71, 0xd5, 0x03, 0xe9])
    const message = Buffer.concat([header, Buffer.alloc(2 * 1001, Buffer.from([0xb0, 0x44]))])
    expect(() => read(message)).toThrow(/more than 1000 of its structures can't be read/)
    message[4] = 0xe8
    expect(read(message.subarray(0, -2))).toHaveLength(1000)
  })

  it('are stepped over with values of every kind in them', () => {
    const kinds = [
      null,
      true,
      -1,
      200,
      70_000,
      2 ** 40,
      1.5,
      'text',
      'a'.repeat(300),
      new Uint8Array(3),
      [1, [2]],
      { a: { b: 1 } },
    ]
    const inner = Buffer.concat(kinds.map((value) => packed(value)))
    const unknown = Buffer.concat([Buffer.from([0xbc, 0x01]), inner])
    const [broken, behind] = read(record(unknown, Buffer.from([9])))
    expect(broken).toBeInstanceOf(BrokenField)
    expect(behind).toBe(9)
    for (let end = 3; end < unknown.length; end++)
      expect(() => read(record(unknown.subarray(0, end))), String(end)).toThrow(BoltProtocolError)
  })
})

describe('The values of one message', () => {
  const counted = (message: Buffer, maxValues: number) => {
    const unpacker = new Unpacker(raw)
    unpacker.maxValues = maxValues
    return () => unpacker.record(message, 0, message.length)
  }
  const listOf = (count: number, element: number) => {
    const header = Buffer.from([0xb1, 0x71, 0x91, 0xd6, 0, 0, 0, 0])
    header.writeUInt32BE(count, 4)
    return Buffer.concat([header, Buffer.alloc(count, element)])
  }

  it('count as one each, containers and entries of maps as more', () => {
    const containers = 2 * costs.container
    expect(counted(listOf(100, 1), 101 + containers)).not.toThrow()
    expect(counted(listOf(100, 1), 100 + containers)).toThrow(/more values than the limit of 116/)
    expect(counted(listOf(100, 0xa0), 101 + containers + 100 * costs.container)).not.toThrow()
    expect(counted(listOf(100, 0xa0), 100 + containers + 100 * costs.container)).toThrow(BoltProtocolError)
    const map = Buffer.from([0xb1, 0x71, 0x91, 0xa2, 0x81, 0x61, 1, 0x81, 0x62, 2])
    expect(counted(map, 1 + containers + 2 * costs.entry)).not.toThrow()
    expect(counted(map, containers + 2 * costs.entry)).toThrow(BoltProtocolError)
  })

  it('are counted anew for each message', () => {
    const unpacker = new Unpacker(raw)
    unpacker.maxValues = 200
    const message = listOf(100, 1)
    for (let i = 0; i < 10; i++) expect(unpacker.record(message, 0, message.length)).toHaveLength(1)
  })

  it('may be several million integers, but not as many empty maps, with the usual limit', () => {
    expect(counted(listOf(5_000_000, 1), limits.messageValues)).not.toThrow()
    expect(counted(listOf(5_000_000, 0xa0), limits.messageValues)).toThrow(/more values than the limit/)
  })
})
