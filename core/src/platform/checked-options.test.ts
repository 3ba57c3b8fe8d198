import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import {
  NotificationCategory,
  NotificationDisabledCategory,
  NotificationMinimumSeverity,
  NotificationSeverity,
  RoutingControl,
  toAccessMode,
} from '../values/enums.ts'
import { checkedOptions, found, nearest } from './checked-options.ts'
import { VERSION } from './version.ts'

describe('checking options', () => {
  it('accepts known keys and no options at all', () => {
    expect(checkedOptions({ a: 1 }, ['a', 'b'], 'test')).toEqual({ a: 1 })
    expect(checkedOptions(undefined, ['a'], 'test')).toEqual({})
    expect(checkedOptions(null, ['a'], 'test')).toEqual({})
  })

  it('refuses unknown keys by name and names the nearest known one', () => {
    const known = ['fetchSize', 'database', 'bookmarks']
    for (const [key, nearestKey] of [
      ['fetchsize', 'fetchSize'],
      ['fetch_size', 'fetchSize'],
      ['databse', 'database'],
      ['bookmark', 'bookmarks'],
    ] as const) {
      const check = () => checkedOptions({ [key]: 1 }, known, 'session')
      expect(check).toThrow(ConfigurationError)
      expect(check).toThrow(`Unknown session option "${key}"; did you mean "${nearestKey}"?`)
    }
  })

  it('refuses what is no options object', () => {
    for (const options of ['x', 1, true, [], new Map(), () => 1]) {
      expect(() => checkedOptions(options, ['a'], 'test')).toThrow(/test options must be a plain object/)
    }
  })

  it('finds the nearest word', () => {
    expect(nearest('MaxPoolSize', ['fetchSize', 'maxConnectionPoolSize', 'maxConnectionLifetime'])).toBe(
      'maxConnectionPoolSize',
    )
    expect(nearest('x', [])).toBeUndefined()
  })

  it('describes values without showing what may be a secret', () => {
    expect([undefined, null, 1, -0.5, true, 10n, '', 'secret', [1, 2], {}, new Map(), () => 1].map(found)).toEqual([
      'undefined',
      'null',
      '1',
      '-0.5',
      'true',
      '10',
      'an empty string',
      'a string',
      'an array of 2',
      'an object',
      'an object of class Map',
      'a function',
    ])
  })
})

describe('the constants', () => {
  it('have their names as values and cannot be changed', () => {
    for (const constants of [
      RoutingControl,
      NotificationCategory,
      NotificationDisabledCategory,
      NotificationMinimumSeverity,
      NotificationSeverity,
    ]) {
      for (const [name, value] of Object.entries(constants)) expect(value).toBe(name)
      expect(Object.isFrozen(constants)).toBe(true)
    }
    expect(NotificationCategory.SCHEMA).toBe('SCHEMA')
  })

  it('give an access mode however it is spelled', () => {
    expect(['READ', 'r', 'WRITE', 'w'].map((mode) => toAccessMode(mode, 'routing'))).toEqual([
      'READ',
      'READ',
      'WRITE',
      'WRITE',
    ])
    expect(() => toAccessMode('read', 'routing')).toThrow(/routing must be 'READ' or 'WRITE'.*found "read"/)
    expect(() => toAccessMode(1, 'routing')).toThrow(ConfigurationError)
  })
})

it('the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(VERSION).toBe(manifest.version)
})
