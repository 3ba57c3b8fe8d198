/** The schema as the engine has it, and changes of it with Neo4j's rules. A constraint has an index of its own name. */

import { createHash } from 'node:crypto'
import { quoted } from '../cypher/lexer.ts'
import { ServerFailure } from '../front/query-handler.ts'
import type { EngineValue } from './engine-messages.ts'
import type { SchemaChange, SchemaItem } from './schema.ts'

/** Runs a query and gives its rows. */
export type Ask = (query: string) => Promise<readonly (readonly EngineValue[])[]>

/** What a change does: the engine's statements, and what it counts. */
export interface PlannedChange {
  readonly statements: readonly string[]
  readonly counters: Readonly<Record<string, number>>
}

const nothing: PlannedChange = { statements: [], counters: {} }

export async function constraintsIn(ask: Ask): Promise<SchemaItem[]> {
  const rows = await ask('SHOW CONSTRAINTS')
  return rows.map(([name, , label, properties]) => ({
    kind: 'CONSTRAINT',
    name: String(name),
    label: String(label),
    properties: String(properties).split(', '),
  }))
}

/** All indexes, those behind constraints too. */
export async function indexesIn(ask: Ask): Promise<SchemaItem[]> {
  const indexes = new Map<string, SchemaItem & { properties: string[] }>()
  for (const [name, , label, property] of await ask('SHOW INDEXES')) {
    const known = indexes.get(String(name))
    if (known !== undefined) known.properties.push(String(property))
    else
      indexes.set(String(name), {
        kind: 'INDEX',
        name: String(name),
        label: String(label),
        properties: [String(property)],
      })
  }
  // In which order an index has its properties, the engine doesn't say.
  for (const { properties } of indexes.values()) properties.sort()
  return [...indexes.values()]
}

/** @throws ServerFailure where Neo4j would refuse the change */
export async function planned(change: SchemaChange, ask: Ask): Promise<PlannedChange> {
  const constraints = await constraintsIn(ask)
  const owned = new Set(constraints.map(({ name }) => name))
  const indexes = (await indexesIn(ask)).filter(({ name }) => !owned.has(name))
  const items = [...constraints, ...indexes]
  return change.change === 'drop' ? drop(change, items) : create(change, items, ask)
}

function drop(change: SchemaChange & { change: 'drop' }, items: readonly SchemaItem[]): PlannedChange {
  const { kind, name, lenient } = change
  const found = items.some((item) => item.kind === kind && item.name === name)
  if (!found && lenient) return nothing
  if (!found) {
    const constraint = kind === 'CONSTRAINT'
    throw new ServerFailure(
      `Neo.DatabaseError.Schema.${constraint ? 'Constraint' : 'Index'}DropFailed`,
      `Unable to drop ${kind.toLowerCase()} \`${name}\`: No such ${kind.toLowerCase()} ${name}.`,
      constraint ? '50N11' : '50N12',
    )
  }
  const index = `DROP INDEX ${quoted(name)}`
  return kind === 'CONSTRAINT'
    ? { statements: [`DROP CONSTRAINT ${quoted(name)}`, index], counters: { 'constraints-removed': 1 } }
    : { statements: [index], counters: { 'indexes-removed': 1 } }
}

async function create(
  change: SchemaChange & { change: 'create' },
  items: readonly SchemaItem[],
  ask: Ask,
): Promise<PlannedChange> {
  const { kind, label, properties, lenient } = change
  const name = change.name ?? generatedName(change)
  const named = items.find((item) => item.name === name)
  const same = items.find((item) => item.label === label && sameSet(item.properties, properties))
  if (lenient && (named !== undefined || same?.kind === kind)) return nothing
  const what = kind === 'CONSTRAINT' ? 'Constraint' : 'Index'
  if (same !== undefined && same.name === name && same.kind === kind)
    throw exists('EquivalentSchemaRuleAlreadyExists', `An equivalent ${what.toLowerCase()} already exists, '${name}'.`)
  if (named !== undefined)
    throw exists(
      `${named.kind === 'CONSTRAINT' ? 'Constraint' : 'Index'}WithNameAlreadyExists`,
      `There already exists a schema rule called '${name}'.`,
    )
  if (same !== undefined)
    throw exists(
      `${same.kind === 'CONSTRAINT' ? 'Constraint' : 'Index'}AlreadyExists`,
      `There already exists '${same.name}' for these properties.`,
    )
  const pattern = `FOR (n:${quoted(label)})`
  const list = properties.map((property) => `n.${quoted(property)}`)
  const index = `CREATE INDEX ${quoted(name)} ${pattern} ON (${list.join(', ')})`
  if (kind === 'INDEX') return { statements: [index], counters: { 'indexes-added': 1 } }
  await refuseDuplicates(change, list, ask)
  return {
    // The engine's constraint doesn't help lookups; its index does.
    statements: [`CREATE CONSTRAINT ${quoted(name)} ${pattern} REQUIRE (${list.join(', ')}) IS UNIQUE`, index],
    counters: { 'constraints-added': 1 },
  }
}

/** The engine would create a constraint over data that breaks it. */
async function refuseDuplicates({ label }: { label: string }, list: readonly string[], ask: Ask): Promise<void> {
  const present = list.map((property) => `${property} IS NOT NULL`).join(' AND ')
  const keys = list.map((property, i) => `${property} AS k${i}`).join(', ')
  const [found] = await ask(
    `MATCH (n:${quoted(label)}) WHERE ${present} WITH ${keys}, count(*) AS times WHERE times > 1 RETURN times LIMIT 1`,
  )
  if (found === undefined) return
  throw new ServerFailure(
    'Neo.DatabaseError.Schema.ConstraintCreationFailed',
    `Unable to create the constraint: ${found[0]} nodes with label ${label} have the same values of ${list.join(', ').replaceAll('n.', '')}`,
    '50N11',
  )
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each))
}

function exists(code: string, message: string): ServerFailure {
  return new ServerFailure(`Neo.ClientError.Schema.${code}`, message, '22N65')
}

function generatedName({ kind, label, properties }: Omit<SchemaItem, 'name'>): string {
  const hash = createHash('sha1')
    .update(JSON.stringify([kind, label, properties]))
    .digest('hex')
  return `${kind.toLowerCase()}_${hash.slice(0, 8)}`
}
