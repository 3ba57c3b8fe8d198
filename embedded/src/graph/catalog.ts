/** Reads the engine's schema and plans changes of it by Neo4j's rules. Each constraint owns an index of the same name. */

import { createHash } from 'node:crypto'
import { ServerFailure } from '../bolt-server/query-handler.ts'
import { quoted } from '../cypher/tokens.ts'
import type { EngineValue } from './engine-messages.ts'
import type { SchemaChange, SchemaItem } from './schema.ts'

/** Runs a query and returns its rows. */
export type Ask = (query: string) => Promise<readonly (readonly EngineValue[])[]>

/** A schema change: the engine's statements, and the counters of its summary. */
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

/** All indexes, including those of constraints. The engine holds an index on several properties as one index each, with numbered names. */
export async function indexesIn(ask: Ask): Promise<SchemaItem[]> {
  const indexes = new Map<string, SchemaItem & { properties: string[] }>()
  for (const [engineName, , label, property] of await ask('SHOW INDEXES')) {
    const [, name = '', part = '1'] = /^(.*?)(?: \((\d+) of \d+\))?$/s.exec(String(engineName)) ?? []
    const index = indexes.get(name) ?? { kind: 'INDEX', name, label: String(label), properties: [] }
    index.properties[Number(part) - 1] = String(property)
    indexes.set(name, index)
  }
  return [...indexes.values()]
}

/** The engine's names for an index: one for each property. */
function partNames(name: string, properties: readonly string[]): string[] {
  if (properties.length === 1) return [quoted(name)]
  return properties.map((_, i) => quoted(`${name} (${i + 1} of ${properties.length})`))
}

/** Plans a schema change. @throws ServerFailure when Neo4j would refuse the change */
export async function planned(change: SchemaChange, ask: Ask): Promise<PlannedChange> {
  const constraints = await constraintsIn(ask)
  const owned = new Set(constraints.map(({ name }) => name))
  const indexes = (await indexesIn(ask)).filter(({ name }) => !owned.has(name))
  const items = [...constraints, ...indexes]
  return change.change === 'drop' ? drop(change, items) : create(change, items, ask)
}

function drop(change: SchemaChange & { change: 'drop' }, items: readonly SchemaItem[]): PlannedChange {
  const { kind, name, lenient } = change
  const found = items.find((item) => item.kind === kind && item.name === name)
  if (found === undefined && lenient) return nothing
  if (found === undefined) {
    const constraint = kind === 'CONSTRAINT'
    throw new ServerFailure(
      `Neo.DatabaseError.Schema.${constraint ? 'Constraint' : 'Index'}DropFailed`,
      `Unable to drop ${kind.toLowerCase()} \`${name}\`: No such ${kind.toLowerCase()} ${name}.`,
      constraint ? '50N11' : '50N12',
    )
  }
  const indexes = partNames(name, found.properties).map((part) => `DROP INDEX ${part}`)
  return kind === 'CONSTRAINT'
    ? { statements: [`DROP CONSTRAINT ${quoted(name)}`, ...indexes], counters: { 'constraints-removed': 1 } }
    : { statements: indexes, counters: { 'indexes-removed': 1 } }
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
  const indexes = partNames(name, properties).map((part, i) => `CREATE INDEX ${part} ${pattern} ON (${list[i]})`)
  if (kind === 'INDEX') return { statements: indexes, counters: { 'indexes-added': 1 } }
  await refuseDuplicates(change, list, ask)
  return {
    // The engine's constraint doesn't speed up lookups; its index does.
    statements: [`CREATE CONSTRAINT ${quoted(name)} ${pattern} REQUIRE (${list.join(', ')}) IS UNIQUE`, ...indexes],
    counters: { 'constraints-added': 1 },
  }
}

/** Checks the data before a constraint is created, because the engine doesn't. @throws ServerFailure for duplicates */
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
