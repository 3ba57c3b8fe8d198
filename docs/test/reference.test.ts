/** The API reference is made of every entry of every published package. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './documents.ts'

const read = (...path: readonly string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'))

const { workspaces } = read('package.json') as { workspaces: readonly string[] }
const published = workspaces.filter((folder) => read(folder, 'package.json').private !== true)

describe('The API reference', () => {
  it('has every published package', () => {
    const { entryPoints } = read('tools/config/typedoc.json') as { entryPoints: readonly string[] }
    expect(entryPoints.map((path) => path.replace('../../', ''))).toEqual(published)
  })

  it.each(published)('has every entry of %s', (folder) => {
    const { exports } = read(folder, 'package.json') as { exports: Readonly<Record<string, unknown>> }
    const entries = Object.values(exports).flatMap((target) => Object(target)['@boltline/source'] ?? [])
    const documented = (read(folder, 'typedoc.json').entryPoints as readonly string[]).map((path) => `./${path}`)
    expect(documented.toSorted()).toEqual(entries.toSorted())
    expect(entries.length).toBeGreaterThan(0)
  })
})
