import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../tools/testing/free-port.mjs'
import { fetched, start } from '../../../tools/testing/processes.ts'
import { BoltlineInstrumentation } from '../../src/index.ts'
import { openShop, remark } from '../shop.ts'

const dashboards = fileURLToPath(new URL('../../dashboards/', import.meta.url))
const alerts = join(dashboards, 'boltline-alerts.yml')
const { panels, templating } = JSON.parse(readFileSync(join(dashboards, 'boltline.json'), 'utf8')) as {
  panels: { title: string; type: string; targets?: { expr: string }[] }[]
  templating: { list: { name: string; query: string }[] }
}
const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const))

let prometheus = ''
const cleanUps: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp()
})

/** A Prometheus that scrapes a shop at work, and the same metrics in the other spelling. */
beforeAll(async () => {
  const [own, port] = [await freePort(), await freePort()]
  const exporter = new PrometheusExporter({ port: own, host: '127.0.0.1' })
  const meterProvider = new MeterProvider({ readers: [exporter] })
  const instrumentation = new BoltlineInstrumentation()
  instrumentation.setMeterProvider(meterProvider)
  cleanUps.push(
    () => meterProvider.shutdown(),
    () => instrumentation.disable(),
  )
  const shop = await openShop(new BasicTracerProvider().getTracer('http'))
  cleanUps.push(() => shop[Symbol.asyncDispose]())
  const suffixed = await serveWithUnits(`http://127.0.0.1:${own}/metrics`)

  const folder = mkdtempSync(join(tmpdir(), 'boltline-prometheus-'))
  cleanUps.push(() => rmSync(folder, { recursive: true }))
  const job = (name: string, target: string) =>
    `  - job_name: ${name}\n    static_configs: [{ targets: ['${target}'] }]`
  const jobs = [job('plain', `127.0.0.1:${own}`), job('suffixed', `127.0.0.1:${suffixed}`)]
  const head = `global:\n  scrape_interval: 1s\nrule_files: ['${alerts}']\nscrape_configs:`
  writeFileSync(join(folder, 'prometheus.yml'), `${head}\n${jobs.join('\n')}\n`)
  prometheus = `http://127.0.0.1:${port}`
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const server = await start('prometheus', args, () => fetched(`${prometheus}/-/ready`))
  cleanUps.push(() => server[Symbol.asyncDispose]())

  // A rate needs figures from before and after.
  const work = async () => {
    await shop.burst()
    await remark()
  }
  await work()
  await scrapes(2)
  await work()
  await scrapes(2)
}, 300_000)

/** Waits until every job was scraped so many times more. */
async function scrapes(more: number): Promise<void> {
  const count = async () => Number((await asked('min(count_over_time(up[10m]))'))[0]?.value[1] ?? 0)
  const wanted = (await count()) + more
  await vi.waitFor(async () => expect(await count()).toBeGreaterThanOrEqual(wanted), {
    timeout: 120_000,
    interval: 200,
  })
}

/** The metrics of an exporter that writes no units, with the units that other exporters put into the names. */
async function serveWithUnits(source: string): Promise<number> {
  const seconds = /^(# (?:HELP|TYPE) )?(\w+_(?:duration|time|wait))(_bucket|_sum|_count)?([ {])/gm
  const server = createServer(async (_request, response) => {
    const text = await fetched(source)
    response.end(text.replace(/^# UNIT .*$/gm, '').replace(seconds, '$1$2_seconds$3$4'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [time: number, value: string]
}

async function asked(expression: string): Promise<Sample[]> {
  const url = new URL(`${prometheus}/api/v1/query`)
  url.searchParams.set('query', expression)
  const answer = JSON.parse(await fetched(url)) as { status: string; data: { result: Sample[] } }
  expect(answer.status).toBe('success')
  return answer.data.result
}

describe.each(['plain', 'suffixed'])('The dashboard with metric names of a %s exporter', (job) => {
  it.each(expressions)('The panel "%s" shows figures for %s', async (_title, expression) => {
    const result = await asked(expression.replaceAll('$job', job).replaceAll('$__rate_interval', '2m'))
    const figures = result.map(({ value }) => Number(value[1])).filter((figure) => Number.isFinite(figure))
    expect(figures.length).toBeGreaterThan(0)
  })

  it('The dashboard lists the job to choose', async () => {
    const variable = templating.list.find(({ name }) => name === 'job')?.query ?? ''
    const selector = variable.slice('label_values('.length, variable.lastIndexOf(','))
    expect((await asked(`count by (job) (${selector})`)).map(({ metric }) => metric['job'])).toContain(job)
  })
})

it('The dashboard shows the limit of the pool and the errors of the shop', async () => {
  const [share] = await asked('max(db_client_connection_limit{db_client_connection_pool_name!~".*#.*"} == 2)')
  expect(share?.value[1]).toBe('2')
  const errors = await asked('sum by (error_type) (db_client_operation_duration_count{error_type!=""})')
  expect(errors.map(({ metric }) => metric['error_type']).sort()).toEqual([
    'ConnectionAcquisitionTimeoutError',
    'Neo.ClientError.Statement.SyntaxError',
    'Neo.TransientError.Transaction.DeadlockDetected',
    'ServiceUnavailable',
  ])
})

describe('The alert rules', () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }

  it('promtool accepts the alert rules', () => {
    expect(promtool('check', 'rules', alerts)).toMatchObject({
      status: 0,
      output: expect.stringContaining('6 rules found'),
    })
  })

  it('The alert rules fire when their condition holds, and not before', () => {
    const tests = fileURLToPath(new URL('alerts.test.yml', import.meta.url))
    expect(promtool('test', 'rules', tests)).toMatchObject({ status: 0, output: expect.stringContaining('SUCCESS') })
  })

  it('Prometheus loads and evaluates the alert rules', async () => {
    const { data } = JSON.parse(await fetched(`${prometheus}/api/v1/rules`)) as {
      data: { groups: { rules: { name: string; health: string }[] }[] }
    }
    const rules = data.groups.flatMap((group) => group.rules)
    expect(rules).toHaveLength(6)
    for (const { name, health } of rules) expect([name, health]).not.toEqual([name, 'err'])
  })
})
