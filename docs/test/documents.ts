/** The Markdown of this repository that people read, by its path from the root. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Folders with generated or foreign files. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', 'api', '.snippets'])

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) || folder === '' ? [] : markdownIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] }
const packageReadmes = workspaces
  .filter((folder) => !folder.startsWith('examples/'))
  .map((folder) => `${folder}/README.md`)
  .filter((path) => existsSync(join(root, path)))

/** Path and text of each. */
export const documents: readonly (readonly [path: string, markdown: string])[] = [
  ...markdownIn(''),
  ...packageReadmes,
  ...markdownIn('docs'),
  ...markdownIn('examples'),
].map((path) => [path, readFileSync(join(root, path), 'utf8')])
