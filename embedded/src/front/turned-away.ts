/** The ends of connections that are not, or no longer, served: each has a limit, whatever the client does. */

import type { Socket } from 'node:net'
import { longestTimer } from '../timers.ts'

/** For how many ms a client may keep its side open when the server has said its last word. */
const LINGER_MS = 1_000

/**
 * Sends what is still to be sent and closes the connection. What the client goes on sending is thrown away; a client that doesn't
 * close its side is cut. Cutting at once would lose the last answer, where bytes of the client are unread.
 */
export function hangUp(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.resume()
  socket.end()
  destroyAfter(socket, LINGER_MS)
}

/** Cuts a client that has not logged in after `ms`. */
export class LoginLimit {
  readonly #socket: Socket
  readonly #ms: number
  #stop: () => void = () => undefined

  constructor(socket: Socket, ms: number) {
    this.#socket = socket
    this.#ms = ms
    this.start()
  }

  /** Begins to count: the client has connected, or has logged off. */
  start(): void {
    this.#stop()
    this.#stop = destroyAfter(this.#socket, this.#ms)
  }

  /** The client has logged in. */
  stop(): void {
    this.#stop()
  }
}

function destroyAfter(socket: Socket, ms: number): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => undefined
  const timer = setTimeout(() => socket.destroy(), Math.min(ms, longestTimer)).unref()
  const stop = () => clearTimeout(timer)
  socket.once('close', stop)
  return () => {
    stop()
    socket.off('close', stop)
  }
}
