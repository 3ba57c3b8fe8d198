// The import rules are worth something only if they bite: a small copy of the layout is clean,
// the same copy with one violation planted per file is not.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkRooms } from './rooms.mjs'

const layout = {
  'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "strict": true } }',
  'core/package.json': '{ "name": "@boltline/core", "type": "module" }',
  'core/src/index.ts': "export { wire } from './wiring.ts'\n",
  'core/src/wiring.ts': "import { pool } from './pool/pool.ts'\nexport const wire = () => pool\n",
  'core/src/pool/pool.ts':
    "import type { Connection } from '../bolt/connection.ts'\nexport const pool: Connection[] = []\n",
  'core/src/bolt/connection.ts':
    "import { Broken } from '../errors/broken.ts'\nexport class Connection { readonly broken = Broken }\n",
  'core/src/errors/broken.ts':
    "import type { Address } from '../values/address.ts'\nexport const Broken: Address | null = null\n",
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
    rule: 'room-bolt',
    file: 'core/src/bolt/upward.ts',
    text: "import { pool } from '../pool/pool.ts'\nexport const upward = pool\n",
  },
  {
    what: 'an import that points up for a type alone',
    rule: 'room-values',
    file: 'core/src/values/upward.ts',
    text: "import type { Connection } from '../bolt/connection.ts'\nexport type Upward = Connection\n",
  },
  {
    what: 'a room that reaches the wiring',
    rule: 'room-pool',
    file: 'core/src/pool/wired.ts',
    text: "import { wire } from '../wiring.ts'\nexport const wired = wire\n",
  },
  {
    what: 'a pool that needs bolt at run time',
    rule: 'room-pool-types-only',
    file: 'core/src/pool/connects.ts',
    text: "import { Connection } from '../bolt/connection.ts'\nexport const connects = () => new Connection()\n",
  },
  {
    what: 'an error that needs a value at run time',
    rule: 'room-errors-types-only',
    file: 'core/src/errors/located.ts',
    text: "import { anywhere } from '../values/address.ts'\nexport const located = anywhere\n",
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
    rule: 'known-rooms',
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
  'core/src/time/later.ts': "import { clock } from './clock.ts'\nexport const later = () => clock\n",
  'core/src/values/port.ts': "import type { Host } from './host.ts'\nexport interface Port { readonly of: Host }\n",
  'core/src/values/address.test.ts': 'export interface Sample { readonly host: string }\n',
}

test('a layout that keeps the rules is clean', () => {
  const { clean, report } = reportFor({})
  assert.equal(clean, true, report)
})

test('planted violations', async (t) => {
  const planted = Object.fromEntries(violations.map(({ file, text }) => [file, text]))
  const { clean, report } = reportFor({ ...company, ...planted })
  assert.equal(clean, false, `nothing was reported:\n${report}`)
  for (const { what, rule, file } of violations) {
    await t.test(`${what} is caught`, () => assert.ok(report.includes(`error ${rule}: ${file} `), report))
  }
})
