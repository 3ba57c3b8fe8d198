import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { createLogs, LOGGER_NAMES, Log, type Logger } from './log.ts'
import { Watcher, watch } from './watcher.ts'

class Recorder {
  readonly lines: string[] = []

  write(text: string): void {
    this.lines.push(text)
  }
}

function userLogger(): Logger & { readonly calls: unknown[][] } {
  const calls: unknown[][] = []
  const record =
    (level: string) =>
    (...args: unknown[]) => {
      calls.push([level, ...args])
    }
  return { calls, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') }
}

const watchers: Watcher[] = []
afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.stop()
})

function started(watcher: Watcher): Watcher {
  watchers.push(watcher)
  return watcher
}

async function warningsDuring(work: () => void): Promise<Error[]> {
  const seen: Error[] = []
  const listen = (warning: Error) => seen.push(warning)
  process.on('warning', listen)
  work()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  return seen
}

describe('a log without a logger or watcher', () => {
  it('is disabled on every level', () => {
    const { io } = createLogs()
    expect(io.enabled('debug') || io.enabled('info') || io.enabled('warn') || io.enabled('error')).toBe(false)
    io.error('no logger gets this')
  })
})

describe('the logger of the config', () => {
  it('gets exactly one string with the name of the logger in front', () => {
    const logger = userLogger()
    const logs = createLogs(logger)
    logs.driver.debug('a')
    logs.io.info('b')
    logs.pool.warn('c')
    logs.auth.error('d')
    logs.notifications.info('e')
    expect(logger.calls).toEqual([
      ['debug', 'boltline: a'],
      ['info', 'boltline.io: b'],
      ['warn', 'boltline.pool: c'],
      ['error', 'boltline.auth_management: d'],
      ['info', 'boltline.notifications: e'],
    ])
  })

  it('gets one line even if the text of a server contains line breaks', () => {
    const logger = userLogger()
    const out = new Recorder()
    started(new Watcher('boltline.io')).watch('debug', out)
    createLogs(logger).io.warn('[x]\n2026-11-30 ERROR admin\r\u001b[2J\u0000\u2028\u202e] fine: ä, 🎈')
    const escaped = '[x]\\n2026-11-30 ERROR admin\\r\\u001b[2J\\u0000\\u2028\\u202e] fine: ä, 🎈'
    expect(logger.calls).toEqual([['warn', `boltline.io: ${escaped}`]])
    expect(out.lines[0]).toMatch(/^[^\n]*\n$/)
    expect(out.lines[0]).toContain(escaped)
  })

  it('keeps its own `this`', () => {
    class Counting {
      count = 0
      debug(): void {
        this.count++
      }
      info(): void {
        this.count++
      }
      warn(): void {
        this.count++
      }
      error(): void {
        this.count++
      }
    }
    const logger = new Counting()
    createLogs(logger).io.debug('x')
    expect(logger.count).toBe(1)
  })

  it('gets only the levels that its isLevelEnabled accepts', () => {
    const logger = { ...userLogger(), isLevelEnabled: (level: string) => level === 'error' }
    const { io } = createLogs(logger)
    expect(io.enabled('debug')).toBe(false)
    expect(io.enabled('error')).toBe(true)
    io.debug('x')
    io.error('y')
    expect(logger.calls).toEqual([['error', 'boltline.io: y']])
  })

  it('may throw or reject without harm, and is reported once', async () => {
    const throwing = () => {
      throw new Error('disk full')
    }
    const logger = { debug: throwing, info: throwing, warn: throwing, error: () => Promise.reject(new Error('late')) }
    const { io } = createLogs(logger)
    const warnings = await warningsDuring(() => {
      io.error('x')
      io.debug('x')
      io.info('x')
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({ code: 'BOLTLINE_LOGGER', message: expect.stringContaining('disk full') })
  })
})

describe('asynchronous code of the user that rejects', () => {
  const late = new Error('late')
  const rejecting = () => Promise.reject(late)
  const thenable = () => ({
    // biome-ignore lint/suspicious/noThenProperty: that's what it is about
    then: (_resolve: unknown, reject: (reason: unknown) => void) => void queueMicrotask(() => reject(late)),
  })

  it.each([
    ['methods of a logger', () => createLogs({ debug: rejecting, info: rejecting, warn: rejecting, error: rejecting })],
    [
      'methods of a logger that give a thenable',
      () => createLogs({ debug: thenable, info: thenable, warn: thenable, error: thenable }),
    ],
    [
      'isLevelEnabled of a logger',
      () => {
        const quiet = () => undefined
        const isLevelEnabled = rejecting as unknown as () => boolean
        return createLogs({ debug: quiet, info: quiet, warn: quiet, error: quiet, isLevelEnabled })
      },
    ],
    [
      'the output of a watcher',
      () => {
        started(watch({ out: { write: rejecting } }))
        return createLogs()
      },
    ],
  ])('ends in one warning and never in an unhandled rejection: %s', async (_what, logsOf) => {
    const warnings = await warningsDuring(() => {
      const { io } = logsOf()
      for (let i = 0; i < 3; i++) io.info('x')
    })
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'BOLTLINE_LOGGER', message: expect.stringContaining('late') }),
    ])
  })
})

describe('a watcher', () => {
  it('shows the lines of all loggers when it watches the root, each once', () => {
    const out = new Recorder()
    started(watch('boltline', 'boltline.io', { out }))
    for (const name of LOGGER_NAMES) new Log(name).debug('hello')
    expect(out.lines).toHaveLength(5)
    expect(out.lines[1]).toMatch(/^\d{4}-.*Z DEBUG boltline\.io: hello\n$/)
  })

  it('shows only the loggers and levels it was asked for', () => {
    const out = new Recorder()
    started(watch('boltline.io', { level: 'warn', out }))
    const logs = createLogs()
    expect(logs.io.enabled('info')).toBe(false)
    expect(logs.io.enabled('warn')).toBe(true)
    expect(logs.pool.enabled('error')).toBe(false)
    logs.io.info('no')
    logs.io.warn('yes')
    logs.pool.error('no')
    expect(out.lines).toEqual([expect.stringContaining('yes')])
  })

  it('can be stopped, started again and changed while it runs', () => {
    const first = new Recorder()
    const second = new Recorder()
    const watcher = started(new Watcher('boltline', { defaultLevel: 'info', defaultOut: first }))
    const { io } = createLogs()
    io.info('before the start')
    watcher.watch()
    io.info('one')
    watcher.watch('debug', second)
    io.debug('two')
    watcher.stop()
    watcher.stop()
    io.error('after the end')
    expect(first.lines.join()).toMatch(/one/)
    expect(first.lines).toHaveLength(1)
    expect(second.lines).toHaveLength(1)
    expect(io.enabled('error')).toBe(false)
  })

  it('ends with the block that declares it', () => {
    const out = new Recorder()
    const { io } = createLogs()
    {
      using watcher = watch({ out })
      expect(watcher).toBeInstanceOf(Watcher)
      io.debug('inside')
    }
    io.debug('outside')
    expect(out.lines).toHaveLength(1)
  })

  it('colours levels when asked to', () => {
    const out = new Recorder()
    started(watch('boltline', { out, colour: true }))
    createLogs().io.error('x')
    expect(out.lines[0]).toContain('\u001b[31mERROR\u001b[0m')
  })

  it('writes to stderr by default', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    started(watch())
    createLogs().io.info('to stderr')
    expect(write).toHaveBeenCalledWith(expect.stringContaining('to stderr'))
    write.mockRestore()
  })

  it('may have an output that throws', async () => {
    const warnings = await warningsDuring(() => {
      const out = {
        write() {
          throw new Error('closed')
        },
      }
      started(watch({ out }))
      createLogs().io.info('x')
    })
    expect(warnings).toEqual([expect.objectContaining({ code: 'BOLTLINE_LOGGER' })])
  })

  it('refuses unknown loggers, settings and levels by name', () => {
    expect(() => watch('neo4j' as never)).toThrow(ConfigurationError)
    expect(() => watch('neo4j' as never)).toThrow(/"neo4j".*'boltline\.io'/)
    expect(() => watch('boltline', { lvl: 'info' } as never)).toThrow(/"lvl".*'level'/)
    expect(() => watch({ level: 'verbose' as never })).toThrow(/level must be one of.*'debug'.*"verbose"/)
    expect(() => watch({ out: 3 as never })).toThrow(/write/)
    expect(() => watch({ colour: 'yes' as never })).toThrow(/colour/)
  })
})
