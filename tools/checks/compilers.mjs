// Whether the TypeScript compilers that are supported read the declarations, from ES modules and from CommonJS, with each way to
// resolve modules that they know.

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspaces.mjs'
import { run } from './steps.mjs'

const compilers = {
  5.4: 'tools/node_modules/typescript-5.4',
  5.9: 'tools/node_modules/typescript-5.9',
  6: 'tools/node_modules/typescript',
  7: 'node_modules/typescript',
}

/**
 * @typedef {object} Setting
 * @property {keyof typeof compilers} version
 * @property {'module' | 'commonjs'} type of the project's package.json
 * @property {string} module
 * @property {string} moduleResolution
 */

/** @type {readonly Setting[]} */
const settings = [
  { version: 5.4, type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { version: 5.4, type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  { version: 5.4, type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  { version: 5.4, type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  { version: 5.9, type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  { version: 5.9, type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  { version: 6, type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { version: 6, type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  { version: 7, type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { version: 7, type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  { version: 7, type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  { version: 7, type: 'commonjs', module: 'commonjs', moduleResolution: 'bundler' },
]

/** Entries whose declarations import those of an optional peer, which the oldest compiler doesn't read without errors. */
const ofPeers = ['@boltline/core/arrow']

/** Programs of a user, which the compiler of this repository checks too. */
const calls = ['calls', 'text-calls']

/** A CommonJS module and an ES module of one project: both have to mean the same classes. */
const mixed = {
  'made.cts':
    "import { GraphDatabase } from '@boltline/core'\nexport const driver = GraphDatabase.driver('bolt://localhost')\n",
  'mixed.mts':
    "import type { Driver } from '@boltline/core'\nimport { driver } from './made.cjs'\nexport const same: Driver = driver\n",
}

/** A program that CommonJS output has to be able to run. */
const program = `import { GraphDatabase, Neo4jError } from '@boltline/core'
import { startScripted } from '@boltline/embedded'

async function main(): Promise<void> {
  const server = await startScripted()
  server.when('RETURN 1 AS n').returns([{ n: 1 }])
  const driver = GraphDatabase.driver(server.uri)
  const { records } = await driver.executeQuery<{ n: number }>('RETURN 1 AS n')
  const refused = await driver.executeQuery('RETURN 2').catch((error: unknown) => error instanceof Neo4jError)
  await driver.close()
  await server.close()
  console.log('answers', records[0]?.get('n'), refused)
}
void main()
`

/** @param {number | string} version */
const compilerOf = (version) => join(root, compilers[/** @type {keyof typeof compilers} */ (version)], 'bin/tsc')

/** @param {string} folder @param {object} content */
const writeJson = (folder, content) => writeFileSync(folder, JSON.stringify(content))

/**
 * @param {string} consumer a folder with the packages in its node_modules
 * @param {readonly string[]} entries everything that can be imported
 */
export async function checkCompilers(consumer, entries) {
  for (const version of Object.keys(compilers)) {
    if (!existsSync(compilerOf(version))) throw new Error(`${compilerOf(version)} is missing: run \`npm ci\` in tools/`)
  }
  for (const type of ['module', 'commonjs']) writeProject(join(consumer, type), type, entries)
  await run(settings.flatMap((setting) => stepsOf(setting, join(consumer, setting.type))))
  await run([
    {
      title: 'CommonJS output of TypeScript 5.4 runs',
      arguments: [join(consumer, 'commonjs/program.js')],
      cwd: consumer,
      expected: /^answers 1 true$/m,
    },
  ])
}

/**
 * @param {string} folder
 * @param {string} type
 * @param {readonly string[]} entries
 */
function writeProject(folder, type, entries) {
  mkdirSync(folder, { recursive: true })
  writeJson(join(folder, 'package.json'), { type })
  /** @param {readonly string[]} imported */
  const imports = (imported) => {
    const lines = imported.map((entry, at) => `import * as entry${at} from '${entry}'\n`)
    return `${lines.join('')}export { ${imported.map((_, at) => `entry${at}`)} }\n`
  }
  writeFileSync(join(folder, 'entries.ts'), imports(entries.filter((entry) => !ofPeers.includes(entry))))
  writeFileSync(join(folder, 'peers.ts'), imports(ofPeers))
  for (const name of calls) copyFileSync(join(root, `core/test/types/${name}.test-d.ts`), join(folder, `${name}.ts`))
  for (const [file, text] of Object.entries(mixed)) writeFileSync(join(folder, file), text)
  writeFileSync(join(folder, 'program.ts'), program)
}

/**
 * @param {Setting} setting
 * @param {string} folder
 * @returns {import('./steps.mjs').Step[]}
 */
function stepsOf({ version, type, module, moduleResolution }, folder) {
  const title = `TypeScript ${version}, ${type === 'module' ? 'ES modules' : 'CommonJS'}, module ${module}, moduleResolution ${moduleResolution}`
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    module,
    moduleResolution,
    strict: true,
    noEmit: true,
    ...(version === 6 && moduleResolution === 'node10' ? { ignoreDeprecations: '6.0' } : {}),
  }
  const files = [
    'entries.ts',
    ...calls.map((name) => `${name}.ts`),
    ...(module === 'nodenext' ? Object.keys(mixed) : []),
  ]
  /**
   * @param {string} what
   * @param {object} config
   */
  const step = (what, config) => {
    const file = join(folder, `tsconfig.${version}.${moduleResolution}.${what}.json`)
    writeJson(file, config)
    return { title: `${title}: ${what}`, arguments: [compilerOf(version), '-p', file], cwd: folder }
  }
  const oldest = version === 5.4
  return [
    step('declarations', {
      compilerOptions: { ...compilerOptions, skipLibCheck: false },
      files: oldest ? files : [...files, 'peers.ts'],
    }),
    ...(oldest
      ? [step('optional peers', { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: ['peers.ts'] })]
      : []),
    ...(oldest && moduleResolution === 'node10'
      ? [
          step('output', {
            compilerOptions: { ...compilerOptions, skipLibCheck: true, noEmit: false },
            files: ['program.ts'],
          }),
        ]
      : []),
  ]
}
