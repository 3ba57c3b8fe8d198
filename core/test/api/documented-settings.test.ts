/** The tables of docs/configuration.md are generated from the rows of the settings and the TSDoc of their interfaces. */

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  driverSettings,
  executeQuerySettings,
  managedTransactionSettings,
  parseDriverConfig,
  parseExecuteQueryConfig,
  parseManagedTransactionConfig,
  parseSessionConfig,
  parseTransactionConfig,
  sessionSettings,
  transactionSettings,
} from '../../src/settings/config.ts'
import type { Setting } from '../../src/settings/schema.ts'
import { documentedSettings, plainDefault, settingsTable } from '../support/settings-tables.ts'

const page = new URL('../../../docs/configuration.md', import.meta.url)
const MARKED = /(<!-- settings -->\n\n)(.*?)(\n\n<!-- end of settings -->)/s

const SESSIONS = 'core/src/settings/session-config.ts'
const shared = [
  ...documentedSettings('core/src/values/query.ts', 'QuerySettings'),
  ...documentedSettings(SESSIONS, 'TransactionConfig'),
]
const driver = parseDriverConfig('neo4j://localhost', {})

const tables = [
  {
    heading: 'Driver',
    settings: driverSettings,
    documentation: documentedSettings('core/src/settings/config.ts', 'DriverConfig'),
    checked: driver,
  },
  {
    heading: 'Session',
    settings: sessionSettings,
    documentation: documentedSettings(SESSIONS, 'SessionConfig'),
    checked: parseSessionConfig({}, driver),
  },
  {
    heading: 'executeQuery',
    settings: besides(executeQuerySettings, transactionSettings),
    documentation: documentedSettings(SESSIONS, 'ExecuteQueryConfig'),
    checked: parseExecuteQueryConfig({}, driver),
  },
  {
    heading: 'Transaction',
    settings: transactionSettings,
    documentation: new Map(shared),
    checked: parseTransactionConfig({}),
  },
  {
    heading: 'Unit of work',
    settings: besides(managedTransactionSettings, transactionSettings),
    documentation: documentedSettings(SESSIONS, 'ManagedTransactionConfig'),
    checked: parseManagedTransactionConfig({}),
  },
]

if (process.env['BOLTLINE_COMMIT_SETTINGS'] === '1') {
  const generated = tables.reduce(
    (text, { heading, settings, documentation }) => {
      const at = text.indexOf(`\n## ${heading}\n`)
      return (
        text.slice(0, at) +
        text
          .slice(at)
          .replace(MARKED, (_, before, _table, after) => `${before}${settingsTable(settings, documentation)}${after}`)
      )
    },
    readFileSync(page, 'utf8'),
  )
  writeFileSync(page, generated)
}

describe.each(tables)('The settings of $heading', ({ heading, settings, documentation, checked }) => {
  const rows = Object.values<Setting<unknown>>(settings)

  it('are documented in docs/configuration.md as their rows and their TSDoc say', () => {
    const text = readFileSync(page, 'utf8')
    const [, , table] = MARKED.exec(text.slice(text.indexOf(`\n## ${heading}\n`))) ?? []
    expect(
      table,
      'generate it: BOLTLINE_COMMIT_SETTINGS=1 npx vitest run core/test/api/documented-settings.test.ts',
    ).toBe(settingsTable(settings, documentation))
  })

  it('are those that the interface declares', () => {
    expect([...documentation.keys()].sort()).toEqual(rows.map(({ name }) => name).sort())
  })

  it('have the defaults that their TSDoc names', () => {
    const numbers = rows.filter(({ fallback }) => typeof fallback === 'number' || typeof fallback === 'boolean')
    const wrong = numbers.filter((row) => {
      const [said] = documentation.get(row.name)?.fallback.split(' ms') ?? []
      return !said?.replaceAll(/[ `]/g, '').startsWith(String(row.fallback))
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('have the defaults in use that are documented', () => {
    const inUse: Readonly<Record<string, unknown>> = { ...checked }
    const plain = rows
      .map((row) => ({ name: row.name, documented: plainDefault(row, documentation.get(row.name)?.fallback ?? '') }))
      .filter(({ name, documented }) => name in inUse && documented !== undefined)
    expect(plain.map(({ name, documented }) => [name, documented])).toEqual(
      plain.map(({ name }) => [name, String(inUse[name])]),
    )
  })
})

it('Most defaults of the driver are numbers, words and flags, which the tests above compare', () => {
  const compared = Object.values<Setting<unknown>>(driverSettings).filter(
    (row) => row.name in driver && plainDefault(row, "'number'") !== undefined,
  )
  expect(compared.length).toBeGreaterThanOrEqual(18)
})

function besides<Known extends object>(settings: Known, others: object): Readonly<Record<string, Setting<unknown>>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in others)))
}
