import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { afterAll, describe, expect, it } from 'vitest'

/** Programs of their own on what was built, so that nothing is imported yet. */
const folder = mkdtempSync(fileURLToPath(new URL('program-', import.meta.url)))
afterAll(() => rmSync(folder, { recursive: true }))

const names = {
  core: ['GraphDatabase', '@boltline/core'],
  embedded: ['startScripted', '@boltline/embedded'],
  otel: ['BoltlineInstrumentation', '@boltline/opentelemetry'],
  sdk: ['BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor', '@opentelemetry/sdk-trace-base'],
} as const

const orders = [
  ['sdk', 'otel', 'core', 'embedded'],
  ['core', 'embedded', 'otel', 'sdk'],
] as const

const work = `
const exporter = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
async function main() {
  const server = await startScripted()
  server.when('RETURN 1').returns([{ n: 1 }])
  const driver = GraphDatabase.driver(server.uri)
  const instrumentation = new BoltlineInstrumentation({ detail: 'operation' })
  instrumentation.setTracerProvider(tracerProvider)
  await driver.executeQuery('RETURN 1')
  console.log(exporter.getFinishedSpans().map(({ name }) => name).join())
  await driver.close()
  await server.close()
}
main()
`

/** What a program prints. */
function printed(file: string, text: string): string {
  writeFileSync(join(folder, file), text)
  return run(join(folder, file))
}

function run(file: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

describe.each(orders)('Imports in the order %s, %s, %s, %s', (...order) => {
  it('The instrumentation traces the calls of an ES module', () => {
    const imports = order.map((key) => `import { ${names[key][0]} } from '${names[key][1]}'`).join('\n')
    expect(printed('main.mjs', imports + work)).toBe('RETURN')
  })

  it('The instrumentation traces the calls of a CommonJS module', () => {
    const imports = order.map((key) => `const { ${names[key][0]} } = require('${names[key][1]}')`).join('\n')
    expect(printed('main.cjs', imports + work)).toBe('RETURN')
  })

  it('The instrumentation traces the calls of a program that was bundled into one file', async () => {
    const imports = order.map((key) => `import { ${names[key][0]} } from '${names[key][1]}'`).join('\n')
    writeFileSync(join(folder, 'bundled.mjs'), imports + work)
    const bundle = join(folder, 'bundle.mjs')
    await build({
      input: join(folder, 'bundled.mjs'),
      platform: 'node',
      external: [/grafeo/],
      output: { file: bundle, format: 'esm', codeSplitting: false },
      logLevel: 'warn',
    })
    expect(run(bundle)).toBe('RETURN')
  })
})

it('The instrumentation traces the calls of a second copy of the driver', async () => {
  const copy = join(folder, 'copy.mjs')
  writeFileSync(join(folder, 'driver.mjs'), `export { GraphDatabase } from '@boltline/core'`)
  await build({
    input: join(folder, 'driver.mjs'),
    platform: 'node',
    output: { file: copy, format: 'esm' },
    logLevel: 'warn',
  })
  const imports = ['embedded', 'otel', 'sdk'] as const
  const lines = imports.map((key) => `import { ${names[key][0]} } from '${names[key][1]}'`)
  expect(printed('two.mjs', [...lines, `import { GraphDatabase } from './copy.mjs'`, work].join('\n'))).toBe('RETURN')
})

it('The instrumentation works with SDK 3.x, whose API is newer than the one this package imports', () => {
  const home = join(folder, 'sdk-3')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const packages = ['api@~1.10.0', 'context-async-hooks@^3.1.0', 'instrumentation@^0.301.0', 'sdk-trace@^3.1.0']
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--no-workspaces']
  const names = packages.map((name) => `@opentelemetry/${name}`)
  const { status, stderr } = spawnSync('npm', ['install', ...options, ...names], { cwd: home, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  expect(printed('sdk-3/main.mjs', registered)).toBe('neo4j.transaction.attempt,RETURN,request')
})

const registered = `
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { BoltlineInstrumentation } from '@boltline/opentelemetry'

const exporter = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
registerInstrumentations({ instrumentations: [new BoltlineInstrumentation()], tracerProvider })
const server = await startScripted()
server.when('RETURN 1').returns([{ n: 1 }])
const driver = GraphDatabase.driver(server.uri)
await driver.verifyConnectivity()
await tracerProvider.forceFlush()
exporter.reset()
await tracerProvider.getTracer('test').startActiveSpan('request', async (span) => {
  await driver.executeQuery('RETURN 1')
  span.end()
})
await tracerProvider.forceFlush()
const spans = exporter.getFinishedSpans()
const isChain = spans.every((each, at) => each.parentSpanContext?.spanId === spans[at + 1]?.spanContext().spanId)
console.log(isChain ? spans.map(({ name }) => name).join() : 'wrong parents')
await driver.close()
await server.close()
`
