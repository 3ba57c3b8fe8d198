/**
 * Every name that a migration page gives for this driver exists: exports, members of `driver`, `session` and
 * so on, settings. The compiler checks this, because types and fields don't exist at run time.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@boltline/core'
import * as arrow from '@boltline/core/arrow'
import { describe, expect, it } from 'vitest'
import { problemsOf } from './compiler.ts'
import { documents, root } from './documents.ts'

const HELD = {
  driver: 'Driver',
  session: 'Session',
  tx: 'Transaction',
  result: 'Result',
  record: 'BoltRecord',
  summary: 'ResultSummary',
  node: 'GraphNode',
  relationship: 'Relationship',
  path: 'GraphPath',
  dateTime: 'DateTime',
} as const

/** Code in the pages that does not name anything of this package. */
const OTHERS = new Set([
  'number',
  'bigint',
  'await using',
  'for await',
  'Infinity',
  'camelCase',
  'Uint8Array',
  'Date.now',
  'boltline',
])

const FOLDER = join(root, 'docs/.snippets/names')

describe('The names in the migration pages', () => {
  it('exist', () => {
    const held = Object.entries(HELD).map(([name, type]) => `declare const ${name}: core.${type}\n`)
    const pages = documents.filter(([path]) => path.startsWith('docs/migrate-'))
    expect(pages.length).toBeGreaterThan(1)
    rmSync(FOLDER, { recursive: true, force: true })
    mkdirSync(FOLDER, { recursive: true })
    for (const [path, markdown] of pages) {
      const names = namesOf(markdown)
      expect(names.length).toBeGreaterThan(50)
      const file = `${path.replaceAll('/', '-').replace(/\.md$/, '')}.ts`
      const checks = [...names].map(check).join('\n')
      writeFileSync(
        join(FOLDER, file),
        `import * as core from '@boltline/core'\nimport * as arrow from '@boltline/core/arrow'\n${held.join('')}${checks}\n`,
      )
    }
    const project = join(FOLDER, 'tsconfig.json')
    writeFileSync(
      project,
      JSON.stringify({
        extends: '../../../tsconfig.json',
        compilerOptions: { noUnusedLocals: false },
        include: ['.', '../../../core/src/**/*.d.ts'],
      }),
    )
    expect(problemsOf(project)).toBe('')
  })
})

/** The names in the last cell of each row: the replacement in this package. */
function namesOf(markdown: string): string[] {
  const cells = markdown.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.split(' | ').at(-1) ?? ''] : []))
  const code = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''))
  const names = code.map((text) => /^[A-Za-z]\w*(\.\w+)*(?=$|\(|: ')/.exec(text)?.[0])
  return [...new Set(names)].filter((name): name is string => name !== undefined && !OTHERS.has(name))
}

function check(name: string): string {
  const [first = '', ...members] = name.split('.')
  if (first in HELD) return `void ${name}`
  if (first in core) return `void core.${name}`
  if (first in arrow) return `void arrow.${name}`
  if (/^[A-Z]/.test(first)) return `export type ${first}_ = core.${first}`
  if (members.length > 0) return `unknown: ${name}`
  return `'${name}' satisfies keyof core.DriverConfig | keyof core.SessionConfig | keyof core.ExecuteQueryConfig | keyof core.SummaryCounters | keyof core.ServerInfo | keyof core.ParameterError | keyof core.Plan | keyof core.ExpiringAuth | keyof core.AuthManager`
}
