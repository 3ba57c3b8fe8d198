import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { duration, flag, oneOf } from './checks.ts'
import { defineSettings, keysOf, readSettings, setting } from './schema.ts'

const settings = defineSettings({
  wait: setting(duration, 1000),
  retry: setting(flag, true),
  mode: setting(oneOf(['fast', 'safe']), undefined),
})

describe('the settings of an options object', () => {
  it('have the keys of the rows, in their order', () => {
    expect(keysOf(settings)).toEqual(['wait', 'retry', 'mode'])
  })

  it('take the default of a row for a value that is not given', () => {
    const defaults = { wait: 1000, retry: true, mode: undefined }
    expect(readSettings(settings, undefined, 'test')).toEqual(defaults)
    expect(readSettings(settings, { wait: null, retry: undefined }, 'test')).toEqual(defaults)
  })

  it('take a given value, also one that is falsy', () => {
    expect(readSettings(settings, { wait: 0, retry: false, mode: 'fast' }, 'test')).toEqual({
      wait: 0,
      retry: false,
      mode: 'fast',
    })
  })

  it('refuse an unknown key and name the nearest known one', () => {
    const read = () => readSettings(settings, { wiat: 5 }, 'test')
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow('Unknown test option "wiat"; did you mean "wait"?')
  })

  it('name the setting and its path in the error for a wrong value', () => {
    const nested = defineSettings({ wait: setting(duration, 0) }, 'startup.')
    expect(() => settings.wait.read(-1)).toThrow(/^wait must be a number of milliseconds/)
    expect(() => nested.wait.read(-1)).toThrow(/^startup\.wait must be/)
    expect(() => settings.mode.read('fats')).toThrow(
      "mode must be one of 'fast', 'safe', found \"fats\"; did you mean 'fast'?",
    )
  })
})
