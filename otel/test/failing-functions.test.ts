import { GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { afterEach, expect, it, vi } from 'vitest'
import type { BoltlineInstrumentationOptions } from '../src/index.ts'
import { startSdk } from './sdk.ts'

const query = 'MATCH (p:Person {name: $name}) RETURN p.age AS age'

afterEach(() => diag.disable())

/** What `diag` is given as errors. */
function diagErrors(): string[] {
  const errors: string[] = []
  const nothing = () => undefined
  const logger = { error: (text: string) => errors.push(text), warn: nothing, info: nothing, debug: nothing }
  diag.setLogger({ ...logger, verbose: nothing }, DiagLogLevel.ERROR)
  return errors
}

/** Runs two queries that succeed and two that fail, and gives the rejections that reached the process meanwhile. */
async function queries(options: BoltlineInstrumentationOptions, errors: string[], expected: number) {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', onUnhandled)
  try {
    await using server = await startScripted()
    server.when(query).returns([{ age: 36 }])
    server.when('FAIL').fails('Neo.ClientError.Statement.ArgumentError')
    await using sdk = startSdk(options)
    await using driver = GraphDatabase.driver(server.uri)
    for (let i = 0; i < 2; i++) {
      const { records } = await driver.executeQuery(query, { name: 'Ada' })
      expect(records[0]?.get('age')).toBe(36)
      await expect(driver.executeQuery('FAIL')).rejects.toMatchObject({ name: 'ClientError' })
    }
    await vi.waitFor(() => expect(errors.length).toBe(expected))
    await new Promise((resolve) => setImmediate(resolve))
    return { unhandled, spans: sdk.spans() }
  } finally {
    process.off('unhandledRejection', onUnhandled)
  }
}

const names = [
  'requestHook',
  'responseHook',
  'errorHook',
  'spanName',
  'summarizer',
  'sanitizer',
  'ignore',
  'parameters',
] as const

it.each(names)('The option %s is logged once when its function throws, and the query succeeds', async (name) => {
  const errors = diagErrors()
  const failing = () => {
    throw new Error(`from ${name}`)
  }
  const { unhandled, spans } = await queries({ [name]: failing }, errors, 1)
  expect(errors[0]).toMatch(new RegExp(`^@boltline/opentelemetry: ${name} threw: Error: from ${name}`))
  expect(unhandled).toEqual([])
  expect(spans.filter(({ name: span }) => span === 'MATCH Person').length).toBe(2)
})

it.each(names)(
  'The option %s is logged once when its promise is rejected, and neither the query nor the process fails',
  async (name) => {
    const errors = diagErrors()
    const failing = async () => {
      throw new Error(`from ${name}`)
    }
    const { unhandled, spans } = await queries({ [name]: failing as never }, errors, 1)
    const hook = name.endsWith('Hook')
    expect(errors[0]).toMatch(
      hook
        ? `${name} gave a promise that was rejected: Error: from ${name}`
        : `${name} gave a promise, which is not used`,
    )
    expect(unhandled).toEqual([])
    expect(spans.filter(({ name: span }) => span === 'MATCH Person').length).toBe(2)
    expect(JSON.stringify(spans)).not.toContain('Ada')
  },
)

it('A query succeeds when the diagnostics logger of OpenTelemetry throws', async () => {
  const failing = () => {
    throw new Error('from a function of the user')
  }
  diag.setLogger({ error: failing, warn: failing, info: failing, debug: failing, verbose: failing }, DiagLogLevel.ERROR)
  const { unhandled } = await queries({ requestHook: failing, responseHook: async () => failing() }, [], 0)
  expect(unhandled).toEqual([])
})
