import type { Connection } from '../bolt/connection.ts'

/** Who has begun a transaction or an auto-commit query, and hears of it. */
export interface WorkHost {
  /** Gives the connection back. */
  release(connection: Connection): void
  /** The name of the database that the server chose (Bolt 5.8). */
  resolved(database: string): void
}
