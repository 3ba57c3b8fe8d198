/** The page of guarantees names a test for each promise, and limits as the page of settings has them. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './documents.ts'

const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
const settings = readFileSync(join(root, 'docs/configuration.md'), 'utf8')

const promises = page.split(/^### /m).slice(1)

/** The default of a setting in docs/configuration.md. */
function defaultOf(setting: string): string | undefined {
  return new RegExp(`^\\| \`${setting}\` \\| ([^|]+) \\|`, 'm').exec(settings)?.[1]
}

describe('The page of guarantees', () => {
  it.each(promises.map((text) => [text.split('\n')[0] ?? '', text]))('names tests for "%s"', (_title, text) => {
    const [, tests = ''] = text.split(/^Tests: /m)
    expect(tests).toMatch(/\]\(\.\.\/[\w./-]+\.test\.ts\)/)
  })

  it('has the defaults of all limits that it names', () => {
    const rows = [...page.matchAll(/^\| .+? \| `(\w+)`[^|]* \| ([^|]+) \|$/gm)]
    expect(rows.length).toBeGreaterThan(10)
    for (const [, setting = '', fallback] of rows) expect([setting, defaultOf(setting)]).toEqual([setting, fallback])
  })

  it('names every limit among the settings', () => {
    const limits = [...settings.matchAll(/^\| `(\w+)` \|/gm)].flatMap(([, name = '']) =>
      /(Timeout|RetryTime|InitialDelay)$/.test(name) ? [name] : [],
    )
    expect(limits.length).toBeGreaterThan(8)
    // Decides when to check a connection; does not limit a wait.
    const others = ['livenessCheckTimeout']
    expect(limits.filter((name) => !others.includes(name) && !page.includes(`| \`${name}\``))).toEqual([])
  })
})
