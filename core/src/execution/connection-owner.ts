import type { Connection } from '../bolt/connection.ts'

/** The owner of the connection of a transaction or an auto-commit query. */
export interface ConnectionOwner {
  /** Returns the connection to the pool. */
  release(connection: Connection): void
  /** Called with the database that the server used, which is the home database if the caller named none (Bolt 5.8). */
  resolved(database: string): void
}
