import { describe, expect, it } from 'vitest'
import { boltVersions } from '../../bolt/versions.ts'
import { wireTypes } from './index.ts'

describe('wire types', () => {
  it('lists every kind of value and every tag once', () => {
    const kinds = wireTypes.map(({ kind }) => kind)
    const tags = wireTypes.flatMap(({ structures }) => structures.map(({ tag }) => tag))
    expect(new Set(kinds).size).toBe(kinds.length)
    expect(new Set(tags).size).toBe(tags.length)
  })

  it('gives a type that cannot be a parameter no version in which it could be one', () => {
    for (const { kind, write, instead } of wireTypes) {
      if (write !== undefined) expect([kind, instead]).toEqual([kind, undefined])
    }
  })

  it('names for each feature a version from which on the table of Bolt versions has it', () => {
    for (const { kind, since } of wireTypes) {
      if (since === undefined) continue
      const first = boltVersions.find((version) => version[since.feature])
      expect([kind, since.version.split(' ')[0]]).toEqual([kind, `${first?.major}.${first?.minor}`])
    }
  })
})
