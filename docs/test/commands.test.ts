/** The commands in the documents exist, and their links resolve. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { documents, root } from './documents.ts'
import { commandsOf, type ShellCommand } from './snippets.ts'

interface Manifest {
  readonly name?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly workspaces?: readonly string[]
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))

const packages = (manifestIn('').workspaces ?? []).map(manifestIn)
const installable = new Set(
  packages.flatMap(({ name, peerDependencies = {} }) => [name, ...Object.keys(peerDependencies)]),
)

/** npm's own commands that documents use. */
const OF_NPM = new Set(['ci', 'install', 'pack', 'publish', 'test', 'start'])
/** Programs of the reader's system, which this repository does not provide. */
const OF_THE_SYSTEM = new Set(['git', 'cd', 'curl', 'docker', 'kubectl', 'openssl', 'java', 'prometheus'])

describe('The commands in the documents', () => {
  for (const [path, markdown] of documents) {
    const commands = commandsOf(path, markdown)
    if (commands.length === 0) continue
    it(`of ${path} exist`, () => {
      expect(commands.map(problemOf).filter((problem) => problem !== undefined)).toEqual([])
    })
  }
})

it('CONTRIBUTING.md has a line for every command of the repository', () => {
  const [, section = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split(/^## Commands$/m)
  const scripts = Object.keys(manifestIn('').scripts ?? {})
  expect(scripts.filter((script) => !new RegExp(`\`(npm (run )?)?${script}[\` ]`).test(section))).toEqual([])
})

describe('The links in the documents', () => {
  for (const [path, markdown] of documents) {
    const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
    const local = links.filter((target) => !/^[a-z]+:/.test(target))
    if (local.length === 0) continue
    it(`of ${path} resolve`, () => {
      expect(local.filter((target) => !leadsSomewhere(path, target))).toEqual([])
    })
  }
})

function problemOf({ place, words }: ShellCommand): string | undefined {
  const [program = '', ...rest] = words.filter((word) => !/^[A-Z_0-9]+=/.test(word))
  const [first = '', second = ''] = rest
  const folder = /^examples\/[^/]+\//.exec(place)?.[0] ?? ''
  const missing = (what: string) => `${place}: ${what} does not exist`
  if (OF_THE_SYSTEM.has(program)) return undefined
  if (program === 'npm' && first === 'run') {
    const scripts = [folder, ''].map((where) => manifestIn(where).scripts ?? {})
    return scripts.some((known) => second in known) ? undefined : missing(`npm run ${second}`)
  }
  if (program === 'npm' && first === 'install') {
    const unknown = rest.slice(1).find((word) => !word.startsWith('-') && !installable.has(word))
    return unknown === undefined ? undefined : missing(`a package ${unknown} in this repository or among its peers`)
  }
  if (program === 'npm' && OF_NPM.has(first)) return undefined
  if (program === 'npx') {
    const binaries = [join(root, 'node_modules/.bin', first), ...packages.filter(({ name }) => name === first)]
    return binaries.some((binary) => typeof binary !== 'string' || existsSync(binary)) ? undefined : missing(first)
  }
  if (program === 'node') {
    const file = rest.find((word) => !word.startsWith('-')) ?? ''
    return [folder, ''].some((where) => existsSync(join(root, where, file))) ? undefined : missing(file)
  }
  return missing(`the command ${words.join(' ')}`)
}

/** Whether the file of a link exists and contains the heading that the link names. API reference pages are made by `npm run docs`. */
function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from : join(dirname(from), file)
  if (path === 'docs/api/index.html') return true
  if (!existsSync(join(root, path))) return false
  return anchor === undefined || anchorsOf(readFileSync(join(root, path), 'utf8')).has(anchor)
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading ?? '')
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}
