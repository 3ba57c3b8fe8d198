/** What the parts of the demo have in common: an API on a port, and the database it works on. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthToken, Driver } from '@boltline/core'
import type { Express } from 'express'

export interface Database {
  readonly uri: string
  readonly auth: AuthToken | undefined
}

export interface Service {
  readonly name: string
  readonly url: string
  readonly driver: Driver
  /** The path of its readiness route. */
  readonly readiness: string
  close(): Promise<void>
}

/** Lets an Express application listen on a free port of this machine. */
export async function listen(app: Express): Promise<{ readonly url: string; readonly server: Server }> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

export async function closeServer(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
