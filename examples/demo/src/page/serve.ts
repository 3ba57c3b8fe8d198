/** Serves the page, the stream of its events, and the neighbours of a node. Listens on this machine alone. */

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GraphView, Stage } from './stage.ts'

const files = fileURLToPath(new URL('../../page/', import.meta.url))
/** What the page imports besides its own files: one ES module each. */
const modules = ['d3-force', 'd3-quadtree', 'd3-dispatch', 'd3-timer'] as const
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

export interface Page {
  readonly url: string
  close(): Promise<void>
}

export interface PageParts {
  readonly stage: Stage
  /** Node and relationships around a node; null when there is no such node. */
  readonly neighbours: (elementId: string) => Promise<GraphView | null>
  readonly port: number
}

export async function servePage(parts: PageParts): Promise<Page> {
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      console.error('page:', error)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.listen(parts.port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer({ stage, neighbours }: PageParts, request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? '/', 'http://page')
  if (request.method !== 'GET') return response.writeHead(405, { allow: 'GET' }).end()
  if (pathname === '/events') return stream(stage, response)
  if (pathname.startsWith('/graph/')) {
    const graph = await neighbours(decodeURIComponent(pathname.slice('/graph/'.length)))
    if (graph === null) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(graph))
  }
  const file = fileOf(pathname)
  if (file === null || !(await isFile(file))) return response.writeHead(404).end()
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
  return createReadStream(file).pipe(response)
}

function stream(stage: Stage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const stop = stage.watch((event, payload) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(payload)}\n\n`)
  })
  response.on('close', stop)
}

function fileOf(pathname: string): string | null {
  const module = modules.find((name) => pathname === `/modules/${name}.js`)
  if (module !== undefined) return fileURLToPath(import.meta.resolve(module))
  return inside(files, pathname === '/' ? 'index.html' : pathname.slice(1))
}

/** A file below a folder; null for a path that leads out of it. */
function inside(folder: string, path: string): string | null {
  const base = folder.endsWith(sep) ? folder : folder + sep
  const file = fileURLToPath(new URL(path, `file://${base}`))
  return file.startsWith(base) ? file : null
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
