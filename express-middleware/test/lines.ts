/** Both lines of Express, and an application that listens. */

import { once } from 'node:events'
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Driver, LogLevel } from '@boltline/core'
import express4 from 'express4'
import express5 from 'express5'
import type { Boltline } from '../src/index.ts'

type Next = (error?: unknown) => void
type Handler = (request: express5.Request, response: express5.Response, next: Next) => unknown

/** What the tests need of an application, and both lines have. */
export interface App {
  (request: IncomingMessage, response: ServerResponse): void
  use(...handlers: unknown[]): unknown
  get(path: string, handler: Handler): unknown
  post(path: string, handler: Handler): unknown
  put(path: string, handler: Handler): unknown
  all(path: string, handler: Handler): unknown
  set(setting: string, value: unknown): unknown
}

export interface Line {
  readonly name: string
  readonly create: () => App
  readonly json: () => unknown
}

export const lines: readonly Line[] = [
  { name: 'Express 4', create: () => express4() as unknown as App, json: () => express4.json() },
  { name: 'Express 5', create: () => express5() as unknown as App, json: () => express5.json() },
]

/** An application with the middleware; on Express 4 too, its asynchronous handlers may reject. */
export function application(line: Line, api: Boltline, routes: (app: App) => void): App {
  const app = line.create()
  app.set('env', 'test')
  app.use(line.json())
  app.use(api)
  routes({
    ...app,
    use: app.use.bind(app),
    get: (path, handler) => app.get(path, api.wrap(handler as never)),
    post: (path, handler) => app.post(path, api.wrap(handler as never)),
    put: (path, handler) => app.put(path, api.wrap(handler as never)),
    all: (path, handler) => app.all(path, api.wrap(handler as never)),
    set: app.set.bind(app),
  } as App)
  app.use(api.errorHandler())
  return app
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly trailers: IncomingMessage['trailers']
  readonly body: string
}

export interface Call {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** A server on a loopback port, and a client with connections that are kept alive. */
export class Listening implements AsyncDisposable {
  readonly server: Server
  readonly url: string
  readonly #agent: Agent

  constructor(server: Server, agent: Agent) {
    this.server = server
    this.#agent = agent
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async call(path: string, { method = 'GET', headers = {}, body, signal }: Call = {}): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const request = httpRequest(`${this.url}${path}`, {
      method,
      agent: this.#agent,
      headers: { ...json, ...headers },
      ...(signal && { signal }),
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const { statusCode = 0, headers: sent, trailers } = response
    return { status: statusCode, headers: sent, trailers, body: Buffer.concat(chunks).toString() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }
}

export async function listen(app: App, sockets = 100): Promise<Listening> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new Listening(server, new Agent({ keepAlive: true, maxSockets: sockets }))
}

export function inUse(driver: Driver): number {
  return driver.poolMetrics().reduce((sum, metrics) => sum + metrics.inUse, 0)
}

export const secret = 'a secret of this service, 32 bytes'

/** Keeps what is logged: all of it as `entries`, and as `lines` what isn't of level debug. */
export function memoryLogger() {
  const entries: (readonly [level: LogLevel, text: string])[] = []
  const lines: string[] = []
  const keep = (level: LogLevel) => (text: string) => {
    entries.push([level, text])
    if (level !== 'debug') lines.push(text)
  }
  return { entries, lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
