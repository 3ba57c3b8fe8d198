/** Responses of Node behind those of Express and Fastify: what they have in common, and what their platforms call differently. */

import type { ServerResponse } from 'node:http'

/** A response of Express or Fastify. */
export interface PlatformResponse {
  /** Node's own response; Fastify wraps it. */
  readonly raw?: ServerResponse
  readonly headersSent?: boolean
  /** Fastify: an answer has been handed over. */
  readonly sent?: boolean
  status(code: number): PlatformResponse
  header(name: string, value: string | readonly string[]): unknown
  removeHeader(name: string): unknown
  send(body?: string | Buffer): unknown
}

/** Returns Node's response: Fastify wraps it, Express's response is one. */
export function rawOf(response: PlatformResponse | ServerResponse): ServerResponse {
  return (response as PlatformResponse).raw ?? (response as ServerResponse)
}

/** Whether the connection was closed before the answer was complete. */
export function hasLeft(response: PlatformResponse): boolean {
  const { destroyed, writableFinished } = rawOf(response)
  return destroyed === true && writableFinished !== true
}
