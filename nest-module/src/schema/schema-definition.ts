/** Constraints and indexes as data, and the Cypher that creates them. */

import { ConfigurationError } from '@boltline/core'
import { checkedOptions, choice, found, isGiven } from '@boltline/core/options'

/** The subject of a constraint or index. Exactly one of `label` and `relationshipType` is required. */
interface Subject {
  /** The unique name in the database: letters, digits, `_`. */
  readonly name: string
  readonly label?: string | undefined
  readonly relationshipType?: string | undefined
  readonly properties: readonly string[]
}

/** A constraint. Community Edition supports only `unique`. */
export interface ConstraintDefinition extends Subject {
  readonly type: 'unique' | 'key' | 'exists' | 'propertyType'
  /** The Cypher type, such as `STRING` or `LIST<INTEGER NOT NULL>`; for `propertyType`. */
  readonly propertyType?: string | undefined
}

/** An index. Default type: `'range'`. */
export interface IndexDefinition extends Subject {
  readonly type?: 'range' | 'text' | 'point' | 'fulltext' | undefined
}

/** The constraints and indexes that a part of the application needs. */
export interface SchemaDefinition {
  readonly constraints?: readonly ConstraintDefinition[] | undefined
  readonly indexes?: readonly IndexDefinition[] | undefined
}

/** The schema, and whether to verify or create it when the application starts. */
export interface SchemaOptions extends SchemaDefinition {
  /**
   * - `'off'`: does nothing;
   * - `'verify'`: the application fails to start when an item is missing; the error contains the Cypher that creates it;
   * - `'create'`: missing items are created.
   *
   * Items that the server's edition does not support are skipped with a warning. Default: `'off'`.
   */
  readonly apply?: 'off' | 'verify' | 'create' | undefined
}

export interface SchemaSettings {
  readonly apply: 'off' | 'verify' | 'create'
  readonly definitions: readonly SchemaDefinition[]
}

/** @throws ConfigurationError for what is unknown or wrong */
export function checkedSchemaOptions(given: unknown): SchemaSettings {
  const { apply, ...definition } = checkedOptions(given, ['apply', 'constraints', 'indexes'], 'schema')
  return {
    apply: choice('schema.apply', apply, ['off', 'verify', 'create'] as const, 'off'),
    definitions: checkedDefinitions([definition as SchemaDefinition]),
  }
}

/** @throws ConfigurationError for what is unknown or wrong */
export function checkedDefinitions(given: readonly SchemaDefinition[]): readonly SchemaDefinition[] {
  for (const definition of given) {
    const { constraints, indexes } = checkedOptions(definition, ['constraints', 'indexes'], 'schema')
    for (const each of listOf('constraints', constraints)) statementOf(each as ConstraintDefinition, 'CONSTRAINT')
    for (const each of listOf('indexes', indexes)) statementOf(each as IndexDefinition, 'INDEX')
  }
  return given
}

function listOf(what: string, value: unknown): readonly unknown[] {
  if (!isGiven(value)) return []
  if (Array.isArray(value)) return value
  throw new ConfigurationError(`schema.${what} must be an array, found ${found(value)}`)
}

/** A constraint or index with its statement. */
export interface SchemaItem {
  readonly kind: 'CONSTRAINT' | 'INDEX'
  readonly name: string
  readonly statement: string
  /** Whether Community Edition lacks it. */
  readonly enterprise: boolean
}

/** The items of all definitions without duplicates. */
export function itemsOf(definitions: readonly SchemaDefinition[]): SchemaItem[] {
  const items = definitions.flatMap(({ constraints = [], indexes = [] }) => [
    ...constraints.map((each): SchemaItem => {
      const enterprise = each.type !== 'unique'
      return { kind: 'CONSTRAINT', name: each.name, statement: statementOf(each, 'CONSTRAINT'), enterprise }
    }),
    ...indexes.map((each): SchemaItem => {
      return { kind: 'INDEX', name: each.name, statement: statementOf(each, 'INDEX'), enterprise: false }
    }),
  ])
  const byName = new Map<string, SchemaItem>()
  for (const item of items) {
    const known = byName.get(item.name)
    if (known !== undefined && known.statement !== item.statement) {
      throw new ConfigurationError(
        `The schema has two different definitions called ${item.name}: ${known.statement} and ${item.statement}`,
      )
    }
    byName.set(item.name, item)
  }
  return [...byName.values()]
}

const REQUIREMENTS: Readonly<Record<ConstraintDefinition['type'], (propertyType: string) => string>> = {
  unique: () => 'IS UNIQUE',
  key: () => 'IS KEY',
  exists: () => 'IS NOT NULL',
  propertyType: (propertyType) => `IS :: ${propertyType}`,
}

function statementOf(definition: ConstraintDefinition | IndexDefinition, kind: SchemaItem['kind']): string {
  const { name, label, relationshipType, properties } = definition
  if (typeof name !== 'string' || !/^\w+$/.test(name)) {
    throw new ConfigurationError(
      `Each of the schema needs a name of letters, digits and '_', found ${JSON.stringify(name)}`,
    )
  }
  if (isGiven(label) === isGiven(relationshipType)) {
    throw new ConfigurationError(`${name} of the schema needs either a label or a relationshipType`)
  }
  if (!Array.isArray(properties) || properties.length === 0 || !properties.every((each) => typeof each === 'string')) {
    throw new ConfigurationError(`${name} of the schema needs the names of its properties`)
  }
  const subject = isGiven(label) ? `(x:${quoted(label)})` : `()-[x:${quoted(relationshipType as string)}]-()`
  const paths = properties.map((property) => `x.${quoted(property)}`)
  return kind === 'CONSTRAINT'
    ? constraintStatement(definition as ConstraintDefinition, subject, paths)
    : indexStatement(definition as IndexDefinition, subject, paths)
}

function constraintStatement(
  { name, type, propertyType }: ConstraintDefinition,
  subject: string,
  paths: readonly string[],
): string {
  const requirement = REQUIREMENTS[choice(`type of ${name}`, type, Object.keys(REQUIREMENTS) as (typeof type)[], type)]
  const single = type === 'exists' || type === 'propertyType'
  if (single && paths.length !== 1) throw new ConfigurationError(`${name} of the schema takes one property`)
  if ((type === 'propertyType') !== isGiven(propertyType)) {
    throw new ConfigurationError(`${name} of the schema: type 'propertyType' and propertyType belong together`)
  }
  if (isGiven(propertyType) && !/^[A-Z][A-Z <>|]*$/.test(propertyType)) {
    throw new ConfigurationError(`${name} of the schema: propertyType must be a type of Cypher, such as STRING`)
  }
  const required = single ? paths[0] : `(${paths.join(', ')})`
  return `CREATE CONSTRAINT ${name} IF NOT EXISTS FOR ${subject} REQUIRE ${required} ${requirement(propertyType ?? '')}`
}

function indexStatement({ name, type }: IndexDefinition, subject: string, paths: readonly string[]): string {
  const kind = choice(`type of ${name}`, type, ['range', 'text', 'point', 'fulltext'] as const, 'range')
  const on = kind === 'fulltext' ? `ON EACH [${paths.join(', ')}]` : `ON (${paths.join(', ')})`
  return `CREATE ${kind.toUpperCase()} INDEX ${name} IF NOT EXISTS FOR ${subject} ${on}`
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
