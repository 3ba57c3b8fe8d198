import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type BoltVersion, boltVersions } from './versions.ts'

const root = new URL('../../../', import.meta.url)

/** The embedded package is the server: it reads the columns that say what a server of this version sends. */
const sources = ['core/src', 'embedded/src', 'otel/src', 'nest-module/src', 'express-middleware/src']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'core/src/bolt/versions.ts')
  .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }))

const columns = Object.keys(boltVersions[0] as BoltVersion) as (keyof BoltVersion)[]

/** Only the handshake compares numbers of versions: it negotiates them. */
const NEGOTIATING = ['core/src/bolt/handshake.ts', 'embedded/src/bolt-server/handshake.ts']

describe('the table of Bolt versions', () => {
  it.each(columns)('has a column %s that code reads', (column) => {
    const read = new RegExp(
      `[vV]ersion\\.${column}\\b|\\bfeature: '${column}'|\\{[^}]*\\b${column}\\b[^}]*\\} = [\\w.]*version\\b`,
    )
    expect(sources.filter(({ text }) => read.test(text)).map(({ file }) => file)).not.toEqual([])
  })

  it('is the only place, apart from the handshake, where the number of a version decides anything', () => {
    const comparing = /\b(?:major|minor)\s*(?:[<>]=?|[!=]==?)|(?:[<>]=?|[!=]==?)\s*(?:\w+\.)*(?:major|minor)\b/
    expect(sources.filter(({ text }) => comparing.test(text)).map(({ file }) => file)).toEqual(NEGOTIATING)
  })
})
