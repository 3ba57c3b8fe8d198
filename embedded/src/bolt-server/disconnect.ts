/** Closes connections that the server refuses or has finished with; a client can delay neither beyond a limit. */

import type { Socket } from 'node:net'
import { longestTimer } from '../timers.ts'

/** Ms that a client may keep its side open after the server has closed its own. */
const LINGER_MS = 1_000

/**
 * Sends the buffered bytes and closes the connection. Further bytes of the client are discarded; a client that doesn't
 * close its side is disconnected. Destroying the socket at once would lose the last answer while bytes of the client are unread.
 */
export function hangUp(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.resume()
  socket.end()
  destroyAfter(socket, LINGER_MS)
}

/** Disconnects a client that has not logged in within `ms`. */
export class LoginLimit {
  readonly #socket: Socket
  readonly #ms: number
  #stop: () => void = () => undefined

  constructor(socket: Socket, ms: number) {
    this.#socket = socket
    this.#ms = ms
    this.start()
  }

  /** Starts the timer when the client has connected or logged off. */
  start(): void {
    this.#stop()
    this.#stop = destroyAfter(this.#socket, this.#ms)
  }

  /** Stops the timer when the client has logged in. */
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
