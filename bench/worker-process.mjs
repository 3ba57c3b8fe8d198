// The parent's side of a client process; clients/worker.mjs describes the messages.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own tick (proc(5), USER_HZ). */
const ticksPerSecond = 100

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

  /** The processor time that the process has taken so far, in µs; NaN on a system without /proc. */
  processorTime() {
    if (process.platform !== 'linux') return Number.NaN
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * (1e6 / ticksPerSecond)
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
