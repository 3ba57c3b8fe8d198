/** Compares a database's schema with the application's definitions, and creates missing items if configured. */

import { ConfigurationError, type Driver } from '@boltline/core'
import type { LoggerService } from '@nestjs/common'
import { itemsOf, type SchemaDefinition, type SchemaItem } from './schema-definition.ts'

/**
 * @throws ConfigurationError with `'verify'` when an item is missing; the message contains the Cypher that creates it
 * @throws Neo4jError when the server refuses a statement
 */
export async function applySchema(
  driver: Driver,
  database: string | null,
  apply: 'off' | 'verify' | 'create',
  definitions: readonly SchemaDefinition[],
  logger: Pick<LoggerService, 'log' | 'warn'>,
): Promise<void> {
  const wanted = itemsOf(definitions)
  if (apply === 'off' || wanted.length === 0) return
  const possible = await possibleItems(driver, database, wanted, logger)
  const names = new Set([
    ...(await column(driver, database, 'SHOW CONSTRAINTS YIELD name')),
    ...(await column(driver, database, 'SHOW INDEXES YIELD name')),
  ])
  const missing = possible.filter(({ name }) => !names.has(name))
  if (missing.length === 0) return
  if (apply === 'verify') {
    const statements = missing.map(({ statement }) => `  ${statement};`).join('\n')
    throw new ConfigurationError(
      `The database lacks ${missing.map(({ name }) => name).join(', ')}. Create them, or let the application do it with schema.apply 'create':\n${statements}`,
    )
  }
  // One by one: a statement about the schema can't share a transaction with others.
  for (const { statement } of missing) await driver.executeQuery(statement, {}, { database })
  await driver.executeQuery('CALL db.awaitIndexes(60)', {}, { database })
  logger.log(`Created in the database: ${missing.map(({ name }) => name).join(', ')}`)
}

async function possibleItems(
  driver: Driver,
  database: string | null,
  wanted: readonly SchemaItem[],
  logger: Pick<LoggerService, 'warn'>,
): Promise<readonly SchemaItem[]> {
  if (!wanted.some(({ enterprise }) => enterprise)) return wanted
  const [edition] = await column(driver, database, 'CALL dbms.components() YIELD edition RETURN edition')
  if (edition !== 'community') return wanted
  const without = wanted.filter(({ enterprise }) => enterprise).map(({ name }) => name)
  logger.warn(`Left out, because Community Edition has only constraints of the type 'unique': ${without.join(', ')}`)
  return wanted.filter(({ enterprise }) => !enterprise)
}

async function column(driver: Driver, database: string | null, query: string): Promise<unknown[]> {
  const { records } = await driver.executeQuery(query, {}, { database, routing: 'READ' })
  return records.map((record) => record.at(0))
}
