// The functions given to `page.evaluate` run in the browser.
/// <reference lib="dom" />

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { GraphDatabase } from '@boltline/core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quietChromium, screenshotPath } from '../../../../tools/testing/chromium.mjs'

const folder = fileURLToPath(new URL('../../', import.meta.url))

let demo: ChildProcess
let printed = ''
let browser: Browser
let address: string
const complaints: string[] = []

beforeAll(async () => {
  demo = spawn(process.execPath, ['dist/main.js', '--seconds', '600', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  address = await new Promise<string>((resolve, reject) => {
    demo.on('exit', (code) => reject(new Error(`the demo ended with ${code}:\n${printed}`)))
    demo.stdout?.on('data', (text: Buffer) => {
      printed += text
      const found = /Watch it live: +(\S+)/.exec(printed)
      if (found !== null) resolve(found[1] as string)
    })
  })
  browser = await chromium.launch(quietChromium)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  demo?.kill('SIGKILL')
})

async function open(width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 1000 }, colorScheme, reducedMotion: 'reduce' })
  page.setDefaultTimeout(120_000)
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  await page.goto(address)
  await page.locator('.trace > button').first().waitFor()
  await page.locator('#graph circle').nth(100).waitFor({ state: 'attached' })
  return page
}

/** Opens a trace that is no probe of health. */
async function openTrace(page: Page) {
  await page.locator('.trace:has-text("/films/") > button').first().click()
  await page.locator('.waterfall').waitFor()
}

it('shows traces with at least three levels, and opens one as a waterfall', async () => {
  const page = await open(1600, 'light')
  await openTrace(page)
  const depths = await page.locator('.span').evaluateAll((spans) => spans.map((span) => Number(span.dataset['depth'])))
  expect(Math.max(...depths)).toBeGreaterThanOrEqual(2)
  const names = await page.locator('.span .label').allTextContents()
  expect(names.some((name) => name.includes('/films/'))).toBe(true)
  await page.locator('.span summary').last().click()
  await expect.poll(() => page.locator('.span[open] dt').allTextContents()).toContain('db.system.name')
  await page.close()
})

it('shows pools, retries, and the health of both services', async () => {
  const page = await open(1600, 'dark')
  await expect.poll(() => page.locator('#health li').count()).toBe(2)
  await expect.poll(() => page.locator('#pools li').count()).toBe(5)
  await expect.poll(() => page.locator('#moments li.retry').count(), { timeout: 180_000 }).toBeGreaterThan(0)
  await expect.poll(() => page.locator('#moments li.fault').count(), { timeout: 180_000 }).toBeGreaterThan(0)
  await expect.poll(() => page.locator('#moments li.bridged').count(), { timeout: 180_000 }).toBeGreaterThan(0)
  await page.close()
})

it('draws at least 100 nodes, each of which is in the database', async () => {
  const page = await open(1600, 'light')
  const ids = await page.locator('#graph circle').evaluateAll((drawn) => drawn.map((node) => node.dataset['elementId']))
  expect(new Set(ids).size).toBeGreaterThanOrEqual(100)
  const uri = /bolt:\/\/\S+/.exec((await page.locator('#server').textContent()) ?? '')?.[0] as string
  await using driver = GraphDatabase.driver(uri)
  const { records } = await driver.executeQuery(
    'MATCH (n) WHERE elementId(n) IN $ids RETURN count(n) AS found',
    { ids },
    { routing: 'READ' },
  )
  expect(records[0]?.get('found')).toBe(ids.length)
  await page.close()
})

it('can be used with the keyboard alone', async () => {
  const page = await open(1000, 'light')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the traces')
  await page.locator('.trace > button').first().focus()
  await page.keyboard.press('Enter')
  await page.locator('.waterfall').waitFor()
  await page.keyboard.press('ArrowDown')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BUTTON')
  const before = await page.locator('#graph circle').count()
  await page.locator('#graph .picture').focus()
  await page.keyboard.press('ArrowRight')
  const chosen = await page.locator('#node').textContent()
  expect(chosen).toContain('elementId')
  // Somewhere on the way there is a node that not all neighbours are drawn of.
  await expect
    .poll(
      async () => {
        await page.keyboard.press('ArrowRight')
        await page.keyboard.press('Enter')
        return page.locator('#graph circle').count()
      },
      { timeout: 180_000, interval: 500 },
    )
    .toBeGreaterThan(before)
  await page.close()
})

it('is readable on narrow and wide screens, in light and dark', async () => {
  for (const width of [400, 1600]) {
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open(width, scheme)
      await openTrace(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      const cut = await page
        .locator('h2, #health li, #pools li, .trace .about')
        .evaluateAll((all) => all.filter((node) => node.scrollWidth > node.clientWidth + 1).length)
      expect(cut).toBe(0)
      const contrast = await page.evaluate(contrastOfText)
      expect(contrast).toBeGreaterThan(4.5)
      await page.screenshot({ path: screenshotPath(`demo-page-${width}-${scheme}.png`) })
      await page.close()
    }
  }
})

it('keeps a picture of a transaction that was tried twice', async () => {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await open(1600, scheme)
    await page.setViewportSize({ width: 1600, height: 900 })
    const retried = page.locator('.trace:has-text("/ceremony/"):has(.retried)')
    await retried.first().waitFor({ timeout: 180_000 })
    await retried.locator('button').first().click()
    await page.locator('.waterfall').waitFor()
    const attempts = page.locator('.span .label', { hasText: 'neo4j.transaction.attempt' })
    expect(await attempts.count()).toBeGreaterThan(1)
    await page.locator('.trace:has(.waterfall)').evaluate((trace) => trace.scrollIntoView({ block: 'start' }))
    await page.evaluate(() => scrollTo(0, 0))
    await page.screenshot({ path: screenshotPath(`demo-${scheme}.png`) })
    await page.close()
  }
})

it('ends cleanly on Ctrl-C, and has complained about nothing', async () => {
  expect(complaints).toEqual([])
  demo.removeAllListeners('exit')
  const ended = once(demo, 'exit')
  demo.kill('SIGINT')
  expect(await ended).toEqual([0, null])
})

/** Of the fainter text against its card, by the formula of WCAG 2. */
function contrastOfText(): number {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (/rgba?\(([^)]+)\)/.exec(colour)?.[1] ?? '').split(',').map((part) => {
      const share = Number(part) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const text = document.querySelector('#pools .figures') as Element
  const card = document.querySelector('#pools') as Element
  const [light = 0, dark = 0] = [
    luminance(getComputedStyle(text).color),
    luminance(getComputedStyle(card).backgroundColor),
  ].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}
