/** The tables of docs/configuration.md and the settings that the driver takes are the same. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  DRIVER_KEYS,
  EXECUTE_QUERY_KEYS,
  MANAGED_TRANSACTION_KEYS,
  parseDriverConfig,
  parseExecuteQueryConfig,
  parseSessionConfig,
  SESSION_KEYS,
  TRANSACTION_KEYS,
} from '../../src/settings/config.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')

const driver = parseDriverConfig('neo4j://localhost', {})

const tables = [
  { heading: 'Driver', known: DRIVER_KEYS, checked: driver },
  { heading: 'Session', known: SESSION_KEYS, checked: parseSessionConfig({}, driver) },
  {
    heading: 'executeQuery',
    known: EXECUTE_QUERY_KEYS.filter((key) => !TRANSACTION_KEYS.some((shared) => shared === key)),
    checked: parseExecuteQueryConfig({}, driver),
  },
  {
    heading: 'Unit of work',
    known: MANAGED_TRANSACTION_KEYS.filter((key) => !TRANSACTION_KEYS.some((shared) => shared === key)),
    checked: {},
  },
  { heading: 'Transaction', known: TRANSACTION_KEYS, checked: {} },
]

describe.each(tables)('The documented settings of $heading', ({ heading, known, checked }) => {
  const documented = rowsUnder(heading)

  it('are those that are known', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual([...known].sort())
  })

  it('have the defaults that are said', () => {
    const inUse = checked as Readonly<Record<string, unknown>>
    const said = documented.filter(({ name, fallback }) => name in inUse && /^`[^`]+`$/.test(fallback))
    expect(said.map(({ name, fallback }) => [name, fallback.slice(1, -1)])).toEqual(
      said.map(({ name }) => [name, String(inUse[name])]),
    )
  })
})

it('The defaults that are said are numbers, words and flags, of which most are compared', () => {
  const compared = rowsUnder('Driver').filter(({ name, fallback }) => name in driver && /^`[^`]+`$/.test(fallback))
  expect(compared.length).toBeGreaterThanOrEqual(11)
})

function rowsUnder(heading: string): { name: string; fallback: string }[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', fallback = '']) => ({
    name,
    fallback,
  }))
}
