/**
 * Generates the tables of settings in docs/configuration.md: the meaning from the TSDoc of the interface that callers see, the
 * default from the row of the setting, or from the TSDoc where the row has none to show.
 */
import { readFileSync } from 'node:fs'
import type { Setting } from '../../src/settings/schema.ts'

const root = new URL('../../../', import.meta.url)

/** What the TSDoc of a setting says. */
export interface DocumentedSetting {
  readonly name: string
  readonly meaning: string
  /** The text after `Default:`. */
  readonly fallback: string
  /** Paths below docs/. */
  readonly see: readonly string[]
}

/** The documented members of an interface, by name. */
export function documentedSettings(file: string, name: string): ReadonlyMap<string, DocumentedSetting> {
  const text = readFileSync(new URL(file, root), 'utf8')
  const start = text.indexOf(`export interface ${name} `)
  if (start < 0) throw new Error(`${file} has no interface ${name}`)
  const body = text.slice(start, text.indexOf('\n}\n', start))
  const members = [...body.matchAll(/^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n {2}readonly (\w+)\?:/gms)]
  return new Map(members.map(([, comment = '', key = '']) => [key, documented(key, comment)]))
}

/** A table with one row per setting, in the order of `settings`. */
export function settingsTable(
  settings: Readonly<Record<string, Setting<unknown>>>,
  documentation: ReadonlyMap<string, DocumentedSetting>,
): string {
  const rows = Object.values(settings).map((row) => {
    const found = documentation.get(row.name)
    if (found === undefined) throw new Error(`The setting ${row.name} has no TSDoc`)
    return `| \`${row.name}\` | ${shownDefault(row, found)} | ${[found.meaning, ...found.see.map(reference)].join(' ')} |`
  })
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The default of the row as text, if it is a number, a flag or a word that the TSDoc quotes; else undefined. */
export function plainDefault({ fallback }: Setting<unknown>, said: string): string | undefined {
  if (typeof fallback === 'number' || typeof fallback === 'boolean') return String(fallback)
  return typeof fallback === 'string' && said.includes(`'${fallback}'`) ? fallback : undefined
}

function shownDefault(row: Setting<unknown>, { fallback }: DocumentedSetting): string {
  const plain = plainDefault(row, fallback)
  return plain === undefined ? fallback : `\`${plain}\``
}

function documented(name: string, comment: string): DocumentedSetting {
  const [prose = '', ...tags] = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .split(/^@/m)
  const text = prose.trim().replaceAll(/\s+/g, ' ')
  const found = /^(.*?) ?Default: (.+?)\.(?: ([A-Z0-9].*))?$/.exec(text)
  if (found === null) throw new Error(`The TSDoc of the setting ${name} doesn't name its default`)
  const [, before = '', fallback = '', after] = found
  return {
    name,
    meaning: linked(after === undefined ? before : `${before} ${after}`.trim()),
    fallback: linked(fallback),
    see: tags.filter((tag) => tag.startsWith('see ')).map((tag) => tag.slice('see docs/'.length).trim()),
  }
}

/** Names of classes, with a link to their section of docs/errors.md. */
function linked(text: string): string {
  return text.replaceAll(/\{@link (\w+)\}/g, (_, name: string) => `[\`${name}\`](errors.md#${name.toLowerCase()})`)
}

/** `guides/cancel.md#limits` as a link with the text of its heading. */
function reference(path: string): string {
  const [file = '', anchor] = path.split('#')
  const headings = readFileSync(new URL(`docs/${file}`, root), 'utf8').matchAll(/^#+ (.+)$/gm)
  for (const [, heading = ''] of headings) {
    if (anchor !== undefined && slug(heading) !== anchor) continue
    return `See [${heading}](${file === 'configuration.md' ? `#${anchor}` : path}).`
  }
  throw new Error(`docs/${file} has no heading for #${anchor}`)
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
