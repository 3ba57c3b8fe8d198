/** What the semantic conventions call things, read from the declarations of their package: names, and which are no longer in use. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** One name. */
export interface Convention {
  readonly kind: 'attribute' | 'metric'
  readonly stable: boolean
  readonly deprecated: boolean
}

const home = dirname(createRequire(import.meta.url).resolve('@opentelemetry/semantic-conventions'))
const declaration = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const (ATTR|METRIC)_\w+: "([^"]+)"/g

/** All names of the installed version. */
export const conventions: ReadonlyMap<string, Convention> = new Map([
  ...namesIn('experimental_attributes', false),
  ...namesIn('experimental_metrics', false),
  ...namesIn('stable_attributes', true),
  ...namesIn('stable_metrics', true),
])

function namesIn(file: string, stable: boolean): [string, Convention][] {
  const text = readFileSync(join(home, `${file}.d.mts`), 'utf8')
  return [...text.matchAll(declaration)].map(([, comment = '', kind, name = '']) => [
    name,
    { kind: kind === 'ATTR' ? 'attribute' : 'metric', stable, deprecated: comment.includes('@deprecated') },
  ])
}
