/**
 * The types that read a query's text, on every supported compiler: against the columns and parameters that Neo4j 5.26 and 2026.09 report
 * for these queries (EXPLAIN), and within the compilers' limits.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Case {
  readonly kind: 'project' | 'realistic' | 'probe' | 'fuzzed' | 'hostile'
  readonly query: string
  readonly columns: readonly string[]
  /** Null where servers demand none, because the query is only explained. */
  readonly parameters: readonly string[] | null
  /** Whether the columns have to be read, not only not be wrong. */
  readonly certain: boolean
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../types/query-texts.json', import.meta.url), 'utf8'))
const compilers = {
  '5.4': 'tools/node_modules/typescript-5.4/lib/tsc.js',
  '5.9': 'tools/node_modules/typescript-5.9/lib/tsc.js',
  '6': 'tools/node_modules/typescript/lib/tsc.js',
  '7': 'node_modules/typescript/bin/tsc',
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'query-types-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const head = `import type { ColumnsOf, ParametersOf } from ${JSON.stringify(join(root, 'core/src/query-types/index.ts'))}
type Verdict<Actual, Expected> = string extends Actual ? 'open' : [Actual, Expected] extends [Expected, Actual] ? 'right' : 'wrong'
`

/** Compiles a program; returns what the compiler printed. */
function compile(compiler: keyof typeof compilers, program: string): Promise<string> {
  const file = join(folder, 'program.ts')
  writeFileSync(file, program)
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  const options = ['-p', folder, '--pretty', 'false', '--extendedDiagnostics']
  return new Promise((resolve) => {
    const limits = { maxBuffer: 2 ** 26, cwd: folder }
    execFile(process.execPath, [join(root, compilers[compiler]), ...options], limits, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

const callHead = `import type { Driver, Session } from ${JSON.stringify(join(root, 'core/src/index.ts'))}
declare const driver: Driver, session: Session
`

/** Wrong calls: the text at which the error has to be, and what its message has to contain. */
const mistakes = [
  {
    mistake: 'an object without a parameter',
    code: `driver.executeQuery('RETURN $name, $age', { name: 1 })`,
    at: '{ name',
    names: ["'age'", 'missing'],
  },
  {
    mistake: 'a misspelt parameter',
    code: `driver.executeQuery('RETURN $name', { nmae: 1 })`,
    at: 'nmae',
    names: ["'nmae'", 'name'],
  },
  {
    mistake: 'a superfluous parameter',
    code: `driver.executeQuery('RETURN $name', { name: 1, more: 2 })`,
    at: 'more',
    names: ["'more'"],
  },
  {
    mistake: 'a parameter of a query without any',
    code: `driver.executeQuery('RETURN 1', { more: 2 })`,
    at: 'more',
    names: ["'more'", 'NoParameters'],
  },
  {
    mistake: 'a call without parameters',
    code: `driver.executeQuery('RETURN $name, $age')`,
    at: `'RETURN`,
    names: ['$name', '$age', 'missing'],
  },
  {
    mistake: 'an empty object',
    code: `driver.executeQuery('RETURN $name', {})`,
    at: '{}',
    names: ["'name'", 'missing'],
  },
  { mistake: 'null', code: `driver.executeQuery('RETURN $name', null)`, at: 'null', names: ['name'] },
  {
    mistake: 'a misspelt parameter beside options',
    code: `driver.executeQuery('RETURN $name', { nmae: 1 }, { routing: 'READ' })`,
    at: 'nmae',
    names: ["'nmae'", 'name'],
  },
  {
    mistake: 'a misspelt parameter beside a transformer',
    code: `driver.executeQuery('RETURN $name', { nmae: 1 }, { resultTransformer: () => 1 })`,
    at: 'nmae',
    names: ["'nmae'", 'name'],
  },
  {
    mistake: 'a misspelt column',
    code: `driver.executeQuery('RETURN 1 AS name, 2 AS x').then(({ records }) => records[0]?.get('nmae'))`,
    at: `'nmae'`,
    names: ['"nmae"'],
  },
  {
    mistake: 'a misspelt column of a streamed result',
    code: `session.run('RETURN 1 AS name').single({ strict: true }).then((record) => record.get('nmae'))`,
    at: `'nmae'`,
    names: ['"nmae"', '"name"'],
  },
  {
    mistake: 'a misspelt parameter of a session',
    code: `session.run('RETURN $name', { nmae: 1 }, { timeout: 1 })`,
    at: 'nmae',
    names: ["'nmae'", 'name'],
  },
  { mistake: 'a number as parameters', code: `driver.executeQuery('RETURN 1', 5)`, at: '5', names: ['number'] },
]

function instantiationsIn(output: string): number {
  const found = /Instantiations:\s*(\d+)/.exec(output)
  if (found === null) throw new Error(`the compiler named no number of instantiations: ${output.slice(0, 2000)}`)
  return Number(found[1])
}

const union = (names: readonly string[]) =>
  names.length === 0 ? 'never' : names.map((name) => JSON.stringify(name)).join('|')

/** The verdicts, which the compiler names because an undefined can't be assigned to them. */
async function verdicts(compiler: keyof typeof compilers, lines: readonly string[]): Promise<string[]> {
  const output = await compile(compiler, `${head}${lines.join('\n')}\n`)
  expect(output).not.toContain('excessively deep')
  const first = head.split('\n').length
  const found: string[] = []
  for (const [, line, verdict] of output.matchAll(/program\.ts\((\d+),\d+\): error TS2322: .*'"(right|open|wrong)"'/g))
    found[Number(line) - first] = verdict as string
  return lines.map((_, at) => found[at] ?? 'no verdict')
}

describe.each(['5.4', '5.9', '6', '7'] as const)('TypeScript %s', (compiler) => {
  it('reads from a text the columns that servers report, or leaves them open', async () => {
    const found = await verdicts(
      compiler,
      cases.map(
        ({ query, columns }, at) =>
          `export const c${at}: Verdict<ColumnsOf<${JSON.stringify(query)}>, ${union(columns)}> = undefined`,
      ),
    )
    const allowed = cases.map(({ certain }) => (certain ? ['right'] : ['right', 'open']))
    const wrong = cases.flatMap(({ query }, at) =>
      allowed[at]?.includes(found[at] ?? '') ? [] : [`${found[at]}: ${query}`],
    )
    expect(wrong).toEqual([])
    const share = (kinds: readonly string[]) => {
      const chosen = found.filter((_, at) => kinds.includes(cases[at]?.kind ?? ''))
      return chosen.filter((verdict) => verdict === 'right').length / chosen.length
    }
    expect(share(['project', 'realistic'])).toBeGreaterThanOrEqual(0.96)
    expect(share(['probe'])).toBeGreaterThanOrEqual(0.65)
  })

  it('reads from a text the parameters that servers demand, or leaves them open', async () => {
    const found = await verdicts(
      compiler,
      cases.map(
        ({ query, parameters }, at) =>
          `export const p${at}: Verdict<ParametersOf<${JSON.stringify(query)}>, ${parameters === null ? 'string' : union(parameters)}> = undefined`,
      ),
    )
    const wrong = cases.flatMap(({ query, parameters }, at) => {
      const verdict = found[at]
      // Where a server demands nothing, the names that stand in the text may be demanded no more than others.
      const fine = parameters === null ? verdict === 'open' : verdict === 'right' || verdict === 'open'
      return fine ? [] : [`${verdict}: ${query}`]
    })
    expect(wrong).toEqual([])
    const realistic = found.filter((_, at) => ['project', 'realistic'].includes(cases[at]?.kind ?? ''))
    expect(realistic.filter((verdict) => verdict === 'open')).toEqual([])
  })

  describe('refuses', () => {
    const lines = mistakes.map(({ code }) => code)
    let errors: RegExpExecArray[] = []
    beforeAll(async () => {
      const output = await compile(compiler, `${callHead}${lines.join('\n')}\n`)
      errors = [...output.matchAll(/program\.ts\((\d+),(\d+)\): (error TS\d+: .*(?:\n .*)*)/g)]
    })

    it.each(mistakes)('$mistake, at the place of the mistake and by its name', ({ code, at, names }) => {
      const line = callHead.split('\n').length + lines.indexOf(code)
      const found = errors.filter(([, each]) => Number(each) === line)
      expect(found).toHaveLength(1)
      const [error] = found
      expect(Number(error?.[2]) - 1).toBe(code.indexOf(at))
      for (const name of names) expect(error?.[3]).toContain(name)
    })

    it('nothing else of the calls', () => {
      expect(errors).toHaveLength(mistakes.length)
    })
  })

  it('reads 500 queries with at most 450,000 instantiations', async () => {
    const realistic = cases.filter(({ kind }) => kind === 'project' || kind === 'realistic')
    const queries = Array.from({ length: 500 }, (_, at) => {
      const { query } = realistic[at % realistic.length] as Case
      const round = Math.floor(at / realistic.length)
      return round === 0
        ? query
        : query.replaceAll(/(?<=[([])(\w+)(?=:)/g, `$1${round}`).replace(/^\s*/, `/* ${round} */ `)
    })
    const program = queries.map(
      (query, at) =>
        `export declare const q${at}: [ColumnsOf<${JSON.stringify(query)}>, ParametersOf<${JSON.stringify(query)}>]`,
    )
    const output = await compile(compiler, `${head}${program.join('\n')}\n`)
    expect(output).not.toContain('error TS')
    const count = instantiationsIn(output)
    expect(count).toBeGreaterThan(50_000)
    expect(count).toBeLessThanOrEqual(450_000)
  })

  it.each(Object.entries(extremes()))(
    'reads %s without exceeding a limit of the compiler',
    async (_name, { query, right }) => {
      const text = JSON.stringify(query)
      const output = await compile(
        compiler,
        `${head}export const names: Verdict<ColumnsOf<${text}>, ${union(right)}> = undefined\nexport declare const p: ParametersOf<${text}>\n`,
      )
      expect(output).not.toMatch(/TS2589|TS2590/)
      expect(instantiationsIn(output)).toBeLessThanOrEqual(500_000)
      const memory = /Memory used:\s*(\d+)K/.exec(output)
      expect(Number(memory?.[1])).toBeLessThanOrEqual(250_000)
      expect(output).toMatch(/'"(right|open)"'/)
      if (query === realisticText) expect(output).toContain(`'"right"'`)
    },
  )
})

const realisticText = (() => {
  const steps = Array.from(
    { length: 60 },
    (_, i) =>
      `// step ${i}: it's a comment\nMATCH (p${i}:Person {id: $id${i}, name: 'Ada'})-[:KNOWS]->(q${i}) WHERE p${i}.age > 3\n`,
  )
  const columns = Array.from({ length: 32 }, (_, i) => `count(p${i}.x) AS c${i}`)
  return `${steps.join('')}RETURN ${columns.join(',\n  ')} ORDER BY c1 DESC LIMIT 10`
})()

/** Texts of 8 KB and more that exhaust a naive reader. */
function extremes(): Record<string, { query: string; right: readonly string[] }> {
  const list = (length: number, item: (i: number) => string) => Array.from({ length }, (_, i) => item(i))
  const x = ['x']
  return {
    'a realistic text': { query: realisticText, right: list(32, (i) => `c${i}`) },
    '64 KB of clauses': {
      query: `${realisticText.slice(0, realisticText.indexOf('RETURN')).repeat(10)}RETURN 1 AS x`,
      right: x,
    },
    '4,000 parentheses': { query: `RETURN ${'('.repeat(4000)}1${')'.repeat(4000)} AS x`, right: x },
    '2,000 nested maps': { query: `RETURN ${'{a:'.repeat(2000)}1${'}'.repeat(2000)} AS x`, right: x },
    '2,000 strings': { query: `RETURN ${list(2000, () => `'a'`).join('+')} AS x`, right: x },
    '1,600 uses of parameters': { query: `RETURN ${list(1600, (i) => `$p${i % 100}`).join('+')} AS x`, right: x },
    '1,200 parameters': { query: `RETURN ${list(1200, (i) => `$p${i}`).join('+')} AS x`, right: x },
    '2,000 comments': { query: `RETURN ${'/**/'.repeat(2000)}1 AS x`, right: x },
    '8,000 blanks': { query: `RETURN ${' '.repeat(8000)}1 AS x`, right: x },
    '8,000 line breaks': { query: `RETURN 1 AS x${'\n'.repeat(8000)}`, right: x },
    '400 UNIONs': { query: list(400, () => 'RETURN 1 AS x').join(' UNION '), right: x },
    '350 nested subqueries': { query: `${'CALL { RETURN '.repeat(350)}1 AS x${' } RETURN x'.repeat(350)}`, right: x },
    '700 columns': {
      query: `RETURN ${list(700, (i) => `n.a${i} AS a${i}`).join(', ')}`,
      right: list(700, (i) => `a${i}`),
    },
    'a parameter of 8,000 letters': { query: `RETURN $${'x'.repeat(8000)}+1 AS x`, right: x },
    '4,000 escapes': { query: `RETURN '${`\\'`.repeat(4000)}' AS x`, right: x },
    '1,500 backticked names': { query: `RETURN ${list(1500, (i) => `\`a${i}\``).join('+')} AS x`, right: x },
  }
}
