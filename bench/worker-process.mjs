// The parent's side of a client process; clients/worker.mjs describes the messages.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export class WorkerProcess {
  /** @readonly @type {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} */
  #child
  /** @readonly @type {AsyncIterator<string>} */
  #lines

  /**
   * @param {readonly string[]} command
   * @param {import('./workloads.mjs').Task} task
   */
  constructor([program = '', ...arguments_], task) {
    this.#child = spawn(program, [...arguments_, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** The id of the process. */
  get pid() {
    return this.#child.pid
  }

  /** Waits until the client has connected and done the task once. */
  async ready() {
    await this.#line()
  }

  /** Has it work for so many seconds; gives how much it did in one. @param {number} seconds */
  async work(seconds) {
    this.#child.stdin.write(`${seconds}\n`)
    return Number(await this.#line())
  }

  async stop() {
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    await ended
  }

  async #line() {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`the client ended: ${this.#child.spawnargs.slice(0, 2).join(' ')}`)
    return value
  }
}
