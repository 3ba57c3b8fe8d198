/** Requests a server's routing table: by ROUTE from Bolt 4.3 on, by a procedure before. */

import { BoltProtocolError } from '../errors/index.ts'
import type { IntegerMode } from '../values/integer.ts'
import type { Connection } from './connection.ts'
import { assertImpersonation, pull, route, run } from './requests.ts'
import { type Metadata, OutOfPlace, passedOver, type Refusal, Reply, type ResponseHandler } from './responses.ts'

export interface RoutingRequest {
  readonly database: string | null
  readonly impersonatedUser: string | null
  readonly bookmarks: readonly string[]
}

const procedure = 'CALL dbms.routing.getRoutingTable($context, $database)'

/** Returns the table as the server sent it. The request carries the routing context of the URI with the seed address. */
export async function fetchRoutingTable(
  connection: Connection,
  context: Readonly<Record<string, string>>,
  request: RoutingRequest,
): Promise<Metadata> {
  const { version } = connection
  const { bookmarks, database, impersonatedUser } = request
  if (version.route !== 'procedure') {
    const metadata = await connection.request(route(version, context, bookmarks, database, impersonatedUser))
    const table = metadata['rt']
    if (typeof table === 'object' && table !== null) return table as Metadata
    throw new BoltProtocolError(`${connection.address} answered ROUTE without a routing table`)
  }
  assertImpersonation(version, impersonatedUser)
  return callProcedure(connection, context, bookmarks, database)
}

async function callProcedure(
  connection: Connection,
  context: Readonly<Record<string, string>>,
  bookmarks: readonly string[],
  database: string | null,
): Promise<Metadata> {
  const header = new Reply()
  const rows = new Rows()
  const settings = {
    bookmarks,
    mode: 'READ',
    database: 'system',
    impersonatedUser: null,
    timeout: undefined,
    metadata: undefined,
    filter: null,
  } as const
  connection.send(run(connection.version, procedure, { context, database }, settings), header)
  connection.send(pull(-1, -1), rows)
  connection.flush()
  const [metadata, records] = await Promise.all([header.metadata(), rows.all])
  const names = metadata['fields']
  const [record] = records
  if (!Array.isArray(names) || record === undefined || records.length !== 1) {
    throw new BoltProtocolError(`${connection.address} answered the routing procedure with ${records.length} rows`)
  }
  if (names.length !== record.length) {
    throw new BoltProtocolError(
      `${connection.address} answered the routing procedure with a row of ${record.length} values for ${names.length} columns`,
    )
  }
  return Object.fromEntries(names.map((name, i) => [String(name), record[i]]))
}

/** Collects the only record of a result. */
class Rows implements ResponseHandler {
  readonly integers: IntegerMode = 'auto'
  readonly all: Promise<unknown[][]>
  readonly #rows: unknown[][] = []
  #resolve!: (rows: unknown[][]) => void
  #reject!: (error: Error) => void

  constructor() {
    this.all = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  record(fields: unknown[]): void {
    if (this.#rows.length === 1) throw new OutOfPlace('more than one RECORD, but a routing table is one')
    this.#rows.push(fields)
  }

  success(): void {
    this.#resolve(this.#rows)
  }

  refused(_how: Refusal, error: Error | null): void {
    this.#reject(error ?? passedOver())
  }
}
