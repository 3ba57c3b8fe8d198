import { readFileSync } from 'node:fs'
import { startScripted } from '@boltline/embedded'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { chromium } from 'playwright-core'
import { expect, inject, it, onTestFinished, vi } from 'vitest'
import { quietChromium, screenshotPath } from '../../../tools/testing/chromium.mjs'
import { freePort } from '../../../tools/testing/free-port.mjs'
import { fetched, start } from '../../../tools/testing/processes.ts'
import { BoltlineInstrumentation } from '../../src/index.ts'
import { deadlock, queries } from '../shop.ts'
import { startNestShop } from './nest-shop.ts'

const screenshot = screenshotPath('zipkin-trace.png')

/** A span as Zipkin gives it. */
interface ZipkinSpan {
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly tags?: Readonly<Record<string, string>>
}

it('Zipkin shows a request, its Nest handler, transaction and query as one trace', async () => {
  const { java, zipkin } = inject('tools')
  const port = await freePort()
  const viewer = `http://127.0.0.1:${port}`
  const env = { QUERY_PORT: String(port), STORAGE_TYPE: 'mem' }
  await using _server = await start(java, ['-Xmx512m', '-jar', zipkin], () => fetched(`${viewer}/health`), env)

  const exporter = new ZipkinExporter({ url: `${viewer}/api/v2/spans` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  const instrumentation = new BoltlineInstrumentation({ detail: 'message' })
  onTestFinished(async () => {
    instrumentation.disable()
    await provider.shutdown()
    trace.disable()
    context.disable()
  })
  await using database = await startScripted()
  database.when(queries.order).fails(deadlock).returns([])
  database.when(queries.audit).returns([])
  {
    await using shop = await startNestShop(database.uri)
    expect(await fetched(`${shop.origin}/orders`, { method: 'POST' })).toBe('{"ordered":true}')
  }
  await provider.forceFlush()

  const spans = await vi.waitFor(
    async () => {
      const traces = JSON.parse(await fetched(`${viewer}/api/v2/traces?serviceName=shop&limit=50`)) as ZipkinSpan[][]
      const found = traces.find((each) => each.some(({ name }) => name === 'post /orders'))
      expect(found?.filter(({ name }) => name === 'neo4j.commit')).toHaveLength(1)
      return found as ZipkinSpan[]
    },
    { timeout: 120_000, interval: 200 },
  )
  // The viewer writes names in lower case.
  expect(shapeOf(spans)).toEqual([
    'post /orders',
    '  neo4j.executewrite shop',
    '    neo4j.transaction.attempt',
    '      match customer create placed order',
    '        neo4j.pull',
    '      neo4j.begin',
    '      neo4j.pool.acquire',
    '    neo4j.transaction.attempt',
    '      create audit',
    '        neo4j.pull',
    '      match customer create placed order',
    '        neo4j.pull',
    '      neo4j.begin',
    '      neo4j.commit',
    '      neo4j.pool.acquire',
  ])
  await draw(`${viewer}/zipkin/traces/${traceIdOf(spans)}`)
  expect(readFileSync(screenshot).length).toBeGreaterThan(20_000)
})

function traceIdOf(spans: readonly (ZipkinSpan & { readonly traceId?: string })[]): string {
  return spans[0]?.traceId ?? ''
}

/** Names, indented; siblings by attempt and name. */
function shapeOf(spans: readonly ZipkinSpan[]): string[] {
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentId }) => parentId === parent)
      .sort((a, b) => keyOf(a).localeCompare(keyOf(b)))
      .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...below(span.id, depth + 1)])
  return below(undefined, 0)
}

function keyOf({ name, tags }: ZipkinSpan): string {
  return `${tags?.['neo4j.attempt'] ?? ''} ${name}`
}

/** Opens the page in a browser, waits until the spans are there, and keeps what it looks like. */
async function draw(url: string): Promise<void> {
  const browser = await chromium.launch(quietChromium)
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 820 } })
    page.setDefaultTimeout(120_000)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(url)
    await page.getByText('match customer create placed order').first().waitFor()
    await page.getByText('neo4j.commit').first().waitFor()
    await page.screenshot({ path: screenshot })
    expect(errors).toEqual([])
  } finally {
    await browser.close()
  }
}
