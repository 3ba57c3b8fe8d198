// A small copy of the layout keeps the import rules; the same copy with one violation planted per file breaks each of them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { withRooms } from './rooms/document.mjs'
import { circles, emptyRows, unusedPermissions } from './rooms/permissions.mjs'
import { checkRooms } from './rooms.mjs'

const layout = {
  'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "strict": true } }',
  'core/package.json': '{ "name": "@boltline/core", "type": "module" }',
  'core/src/index.ts': "export { wire } from './wiring.ts'\n",
  'core/src/wiring.ts': "import { pool } from './pool/pool.ts'\nexport const wire = () => pool\n",
  'core/src/pool/pool.ts': "import { Broken } from '../errors/broken.ts'\nexport const pool = [Broken]\n",
  'core/src/execution/retry.ts': 'export interface Retry { readonly left: number }\nexport const retry = null\n',
  'core/src/web/answer.ts':
    "import type { Retry } from '../execution/retry.ts'\nexport const answer: Retry | null = null\n",
  'core/src/bolt/connection.ts':
    "import { Broken } from '../errors/broken.ts'\nexport class Connection { readonly broken = Broken }\n",
  'core/src/errors/broken.ts': "import { now } from '../time/now.ts'\nexport const Broken = now\n",
  'core/src/time/now.ts': 'export const now = 0\n',
  'core/src/values/address.ts': 'export interface Address { readonly host: string }\nexport const anywhere = null\n',
  'embedded/package.json': '{ "name": "@boltline/embedded", "type": "module" }',
  'embedded/src/index.ts': "export { wire } from '../../core/src/index.ts'\n",
}

/** @param {Record<string, string>} changes files that replace or extend the clean layout */
function reportFor(changes) {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'))
  try {
    for (const [path, text] of Object.entries({ ...layout, ...changes })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return checkRooms(folder, ['core', 'embedded'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is planted: the file, the rule that has to name it, and the text that breaks the rule. */
const violations = [
  {
    what: 'an import that points up',
    rule: 'room-core-bolt',
    file: 'core/src/bolt/upward.ts',
    text: "import { pool } from '../pool/pool.ts'\nexport const upward = pool\n",
  },
  {
    what: 'an import that points up for a type alone',
    rule: 'room-core-values',
    file: 'core/src/values/upward.ts',
    text: "import type { Connection } from '../bolt/connection.ts'\nexport type Upward = Connection\n",
  },
  {
    what: 'a room that reaches the wiring',
    rule: 'room-core-pool',
    file: 'core/src/pool/wired.ts',
    text: "import { wire } from '../wiring.ts'\nexport const wired = wire\n",
  },
  {
    what: 'an import of a value where only types are permitted',
    rule: 'room-core-web-types-only',
    file: 'core/src/web/retries.ts',
    text: "import { retry } from '../execution/retry.ts'\nexport const retries = () => retry\n",
  },
  {
    what: 'a room of another package that imports a room above it',
    rule: 'room-embedded-bolt-server',
    file: 'embedded/src/bolt-server/upward.ts',
    text: "import { graph } from '../graph/graph.ts'\nexport const upward = graph\n",
  },
  {
    what: 'an entry of core that the row of a package lacks',
    rule: 'packages-embedded',
    file: 'embedded/src/served.ts',
    text: "export { answer } from '../../core/src/web.ts'\n",
  },
  {
    what: 'a package that imports a package above it',
    rule: 'packages-embedded',
    file: 'embedded/src/traced.ts',
    text: "export { traced } from '../../otel/src/index.ts'\n",
  },
  {
    what: 'a cycle',
    rule: 'no-cycles',
    file: 'core/src/time/clock.ts',
    text: "import { later } from './later.ts'\nexport const clock = () => later\n",
  },
  {
    what: 'a cycle of types alone',
    rule: 'no-cycles',
    file: 'core/src/values/host.ts',
    text: "import type { Port } from './port.ts'\nexport interface Host { readonly port: Port }\n",
  },
  {
    what: 'a folder that is no room',
    rule: 'known-rooms-core',
    file: 'core/src/attic/box.ts',
    text: "import { Broken } from '../errors/broken.ts'\nexport const box = Broken\n",
  },
  {
    what: 'a package that reaches past the front door',
    rule: 'front-door-core',
    file: 'embedded/src/burglar.ts',
    text: "export { pool } from '../../core/src/pool/pool.ts'\n",
  },
  {
    what: 'a core that depends on another package',
    rule: 'core-depends-on-nothing',
    file: 'core/src/values/dependent.ts',
    text: "import type { wire } from '../../../embedded/src/index.ts'\nexport type Dependent = typeof wire\n",
  },
  {
    what: 'a published file that imports a test',
    rule: 'source-without-tests',
    file: 'core/src/values/tested.ts',
    text: "import type { Sample } from './address.test.ts'\nexport type Tested = Sample\n",
  },
  {
    what: 'an import that leads nowhere',
    rule: 'resolvable',
    file: 'core/src/values/lost.ts',
    text: "import type { Absent } from './absent.ts'\nexport type Lost = Absent\n",
  },
]

/** Files that the violations need beside them and that are innocent by themselves. */
const company = {
  'core/src/web.ts': "export { answer } from './web/answer.ts'\n",
  'embedded/src/graph/graph.ts': 'export const graph = null\n',
  'otel/src/index.ts': 'export const traced = null\n',
  'core/src/time/later.ts': "import { clock } from './clock.ts'\nexport const later = () => clock\n",
  'core/src/values/port.ts': "import type { Host } from './host.ts'\nexport interface Port { readonly of: Host }\n",
  'core/src/values/address.test.ts': 'export interface Sample { readonly host: string }\n',
}

test('a layout that keeps the rules is clean', () => {
  assert.deepEqual(reportFor({}).violations, [])
})

test('planted violations', async (t) => {
  const planted = Object.fromEntries(violations.map(({ file, text }) => [file, text]))
  const { violations: reported } = reportFor({ ...company, ...planted })
  for (const { what, rule, file } of violations) {
    await t.test(`${what} is reported`, () => {
      assert.ok(
        reported.some((line) => line.startsWith(`${rule}: ${file} `)),
        reported.join('\n'),
      )
    })
  }
})

/** @param {Record<string, import('./rooms/table.mjs').Room>} rooms @param {Record<string, string[]>} packages */
const tableWith = (rooms, packages = {}) => ({
  core: { entries: { 'index.ts': 'the public API' }, exported: ['index.ts'], packages, rooms },
})
/** @param {string} source @param {string} resolved @param {string[]} dependencyTypes */
const moduleThat = (source, resolved, dependencyTypes) => ({ source, dependencies: [{ resolved, dependencyTypes }] })

test('a permission that no import uses is reported', () => {
  const table = tableWith({
    pool: { purpose: '', imports: ['time', 'bolt'] },
    bolt: { purpose: '' },
    time: { purpose: '' },
  })
  const modules = [moduleThat('core/src/pool/pool.ts', 'core/src/time/clock.ts', ['local', 'import'])]
  assert.deepEqual(unusedPermissions(modules, table), ['core: pool may import bolt, but imports nothing of it'])
})

test('a permission that only a test uses is reported', () => {
  const table = tableWith({ pool: { purpose: '', imports: ['time'] }, time: { purpose: '' } })
  const modules = [moduleThat('core/src/pool/pool.test.ts', 'core/src/time/clock.ts', ['local', 'import'])]
  assert.deepEqual(unusedPermissions(modules, table), ['core: pool may import time, but imports nothing of it'])
})

test('a permission is reported as too wide when only types are imported', () => {
  const table = tableWith({ pool: { purpose: '', imports: ['bolt'] }, bolt: { purpose: '' } })
  const modules = [moduleThat('core/src/pool/pool.ts', 'core/src/bolt/connection.ts', ['local', 'type-only'])]
  assert.deepEqual(unusedPermissions(modules, table), ['core: pool imports only types of bolt: move it to `types`'])
})

test('an entry of another package that no import uses is reported', () => {
  const table = tableWith({}, { embedded: ['index.ts', 'stub.ts'] })
  const modules = [moduleThat('core/src/index.ts', 'embedded/src/index.ts', ['local', 'import'])]
  assert.deepEqual(unusedPermissions(modules, table), ['core may import embedded/src/stub.ts, but does not'])
})

test('a row of a file or folder that does not exist is reported', () => {
  const table = tableWith({ pool: { purpose: '' }, 'timers.ts': { purpose: '' } })
  const modules = [moduleThat('core/src/pool/pool.ts', 'core/src/index.ts', ['local', 'import'])]
  assert.deepEqual(emptyRows(modules, table), [
    'core: the table has a row for index.ts, which does not exist',
    'core: the table has a row for timers.ts, which does not exist',
  ])
})

test('a circle of rooms is reported, also where types close it', () => {
  const table = tableWith({
    pool: { purpose: '', imports: ['bolt'] },
    bolt: { purpose: '', imports: ['time'], types: ['pool'] },
    time: { purpose: '' },
  })
  assert.deepEqual(circles(table), ['core: circle of rooms pool -> bolt -> pool'])
})

test('the document shows purposes, permissions and arrows of the table', () => {
  const table = tableWith({
    web: { purpose: 'responses', imports: ['pool', 'time'] },
    pool: { purpose: 'connections', types: ['bolt'] },
    bolt: { purpose: 'protocol' },
    time: { purpose: 'clock', leaf: true },
  })
  const text = withRooms('before\n<!-- rooms of core -->\nold\n<!-- end of rooms -->\nafter', table)
  assert.match(text, /^before\n[\s\S]*after$/)
  assert.doesNotMatch(text, /old/)
  assert.match(text, /\| `pool\/` \| connections \| bolt \(types\) \|/)
  assert.match(text, /^ {2}web_ --> pool_$/m)
  assert.match(text, /^ {2}pool_ -\.-> bolt_$/m)
  assert.doesNotMatch(text, /web_ --> time_/)
})

test('a document without the markers of a package is refused', () => {
  assert.throws(() => withRooms('nothing here', tableWith({})), /lacks the markers <!-- rooms of core -->/)
})
