/**
 * The procedures and SHOW commands by which tools query a server's metadata. Each is a table that this file computes; the engine runs
 * the rest of the query (YIELD, WHERE, RETURN, further clauses) over its rows.
 */

import type { Statement } from '../cypher/statement.ts'
import { quoted } from '../cypher/tokens.ts'
import { type Ask, constraintsIn, indexesIn } from './catalog.ts'
import { Gap } from './gaps.ts'

/** Rows of a table: INTEGERs as bigint, as in parameters. */
type Rows = readonly Readonly<Record<string, unknown>>[]

/** The facts of the server that tables report. */
export interface ServerFacts {
  readonly address: string
  readonly user: string | null
  /** The version of Neo4j that the graph imitates. */
  readonly version: string
}

interface Table {
  readonly columns: readonly string[]
  /** Neo4j's query type: `s` for schema and system. Default: a read. */
  readonly type?: 's'
  readonly rows: (ask: Ask, facts: ServerFacts) => Rows | Promise<Rows>
}

const procedures: Readonly<Record<string, Table>> = {
  'dbms.components': {
    columns: ['name', 'versions', 'edition'],
    type: 's',
    rows: (_ask, { version }) => [{ name: 'Neo4j Kernel', versions: [version], edition: 'community' }],
  },
  'db.ping': { columns: ['success'], rows: () => [{ success: true }] },
  'db.labels': { columns: ['label'], rows: (ask) => named(ask, 'CALL grafeo.labels()', 'label') },
  'db.relationshipTypes': {
    columns: ['relationshipType'],
    rows: (ask) => named(ask, 'CALL grafeo.relationshipTypes()', 'relationshipType'),
  },
  'db.propertyKeys': {
    columns: ['propertyKey'],
    rows: (ask) => named(ask, 'CALL grafeo.propertyKeys()', 'propertyKey'),
  },
  'dbms.showCurrentUser': {
    columns: ['username', 'roles', 'flags'],
    rows: (_ask, { user }) => [{ username: user ?? '', roles: [], flags: [] }],
  },
}

const databases: Table = {
  type: 's',
  columns:
    'name type aliases access address role writer requestedStatus currentStatus statusMessage default home constituents'.split(
      ' ',
    ),
  rows: (_ask, { address }) => [
    {
      name: 'neo4j',
      type: 'standard',
      aliases: [],
      access: 'read-write',
      address,
      role: 'primary',
      writer: true,
      requestedStatus: 'online',
      currentStatus: 'online',
      statusMessage: '',
      default: true,
      home: true,
      constituents: [],
    },
  ],
}

const shows: Readonly<Record<string, Table>> = {
  DATABASES: databases,
  DATABASE: databases,
  'DEFAULT DATABASE': databases,
  'HOME DATABASE': databases,
  INDEXES: {
    columns: 'id name state populationPercent type entityType labelsOrTypes properties owningConstraint'.split(' '),
    rows: async (ask) => {
      const owners = new Set((await constraintsIn(ask)).map(({ name }) => name))
      return (await indexesIn(ask)).map(({ name, label, properties }, i) => ({
        id: BigInt(i + 1),
        name,
        state: 'ONLINE',
        populationPercent: 100,
        type: 'RANGE',
        entityType: 'NODE',
        labelsOrTypes: [label],
        properties: [...properties],
        owningConstraint: owners.has(name) ? name : null,
      }))
    },
  },
  CONSTRAINTS: {
    columns: 'id name type entityType labelsOrTypes properties ownedIndex'.split(' '),
    rows: async (ask) =>
      (await constraintsIn(ask)).map(({ name, label, properties }, i) => ({
        id: BigInt(i + 1),
        name,
        type: 'UNIQUENESS',
        entityType: 'NODE',
        labelsOrTypes: [label],
        properties: [...properties],
        ownedIndex: name,
      })),
  },
  PROCEDURES: {
    columns: ['name', 'mode'],
    rows: () => [...Object.keys(procedures), waitForIndexes].sort().map((name) => ({ name, mode: 'READ' })),
  },
  'CURRENT USER': {
    columns: ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home'],
    rows: (_ask, { user }) => [
      { user: user ?? '', roles: null, passwordChangeRequired: false, suspended: null, home: null },
    ],
  },
}
const synonyms: Readonly<Record<string, string>> = {
  INDEX: 'INDEXES',
  CONSTRAINT: 'CONSTRAINTS',
  PROCEDURE: 'PROCEDURES',
}

/** A procedure without columns and without effect: indexes are ready as soon as they exist. */
const waitForIndexes = 'db.awaitIndexes'

/** A query whose first clause reads a table. */
export interface TableQuery {
  /** The query as Cypher over the table's rows, which are its parameter `rowsParameter`. */
  readonly text: string
  readonly type: 'r' | 's'
  readonly rows: Table['rows']
}

/** Contains a space, so that it can't clash with a parameter of a user. */
export const rowsParameter = 'boltline rows'

/** Parses a query that begins with a table; null for any other. @throws Gap for an unknown SHOW command or column */
export function tableQuery(s: Statement): TableQuery | null {
  if (s.word(0) === 'SHOW') return show(s)
  if (s.word(0) !== 'CALL') return null
  const { name, end } = procedureOf(s)
  const table = Object.hasOwn(procedures, name) ? procedures[name] : undefined
  if (table === undefined) return null
  return over(s, table, s.at(end + 1) === '(' ? s.partner(end + 1) + 1 : end + 1)
}

/** Whether the whole query is a call of `db.awaitIndexes`, which has nothing to wait for. */
export function waitsForNothing(s: Statement): boolean {
  if (s.word(0) !== 'CALL') return false
  const { name, end } = procedureOf(s)
  if (name !== waitForIndexes) return false
  const behind = s.tokens.slice(end + 1).map(({ text }) => text)
  return /^(\(\d*\))?;?$/.test(behind.join(''))
}

/** The procedure name after CALL, and the index of its last token. */
function procedureOf(s: Statement): { readonly name: string; readonly end: number } {
  let end = 1
  while (s.name(end) !== null && s.at(end + 1) === '.') end += 2
  const words = s.tokens.slice(1, end + 1)
  return { name: words.map(({ text }) => text).join(''), end }
}

function show(s: Statement): TableQuery {
  for (const words of [2, 1]) {
    const name = Array.from({ length: words }, (_, i) => s.word(i + 1)).join(' ')
    const table = shows[synonyms[name] ?? name]
    if (table !== undefined) return over(s, table, words + 1)
  }
  throw new Gap(`command SHOW ${s.word(1)}`)
}

/** Builds the query over a table. @param after - the index of the token after the table's name */
function over(s: Statement, table: Table, after: number): TableQuery {
  const { yielded, end } = yieldOf(s, table, after)
  const rest = s.text.slice(s.tokens[end]?.start ?? s.text.length)
  const goesOn = s.tokens.some(
    (_, i) => i >= end && s.enclosing(i) === -1 && /^(RETURN|WITH|UNWIND|MATCH|CALL)$/.test(s.clause(i)),
  )
  const names = yielded.map(([, alias]) => quoted(alias)).join(', ')
  const columns = yielded.map(([column, alias]) => `row.${column} AS ${quoted(alias)}`).join(', ')
  const text = `UNWIND $${quoted(rowsParameter)} AS row WITH ${columns} ${rest}${goesOn ? '' : ` RETURN ${names}`}`
  return { text, type: table.type ?? 'r', rows: table.rows }
}

/** Parses `YIELD a, b AS c` or `YIELD *`; without YIELD, all columns. */
function yieldOf(s: Statement, { columns }: Table, after: number): { yielded: [string, string][]; end: number } {
  const all = columns.map((column): [string, string] => [column, column])
  if (s.keyword(after) !== 'YIELD') return { yielded: all, end: after }
  if (s.at(after + 1) === '*') return { yielded: all, end: after + 2 }
  const yielded: [string, string][] = []
  for (let at = after + 1; ; at++) {
    const column = s.name(at) ?? ''
    if (!columns.includes(column)) throw new Gap(`column ${column} in this table`)
    const aliased = s.word(at + 1) === 'AS'
    yielded.push([column, aliased ? (s.name(at + 2) ?? column) : column])
    at += aliased ? 3 : 1
    if (s.at(at) !== ',') return { yielded, end: at }
  }
}

/** A table of one column, filled by a procedure of the engine. */
async function named(ask: Ask, query: string, column: string): Promise<Rows> {
  return (await ask(query)).map(([value]) => ({ [column]: value }))
}
