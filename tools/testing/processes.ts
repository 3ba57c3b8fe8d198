/** Programs that run beside the tests, and end with them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** A running program. */
export interface Running extends AsyncDisposable {
  /** The end of what it has printed, for error messages. */
  readonly output: string
}

/** Starts a program and waits until `ready` succeeds. */
export async function start(
  command: string,
  args: readonly string[],
  ready: () => Promise<unknown>,
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const running = new Program(child)
  const deadline = Date.now() + 120_000
  for (;;) {
    try {
      await ready()
      return running
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await running[Symbol.asyncDispose]()
        throw new Error(`${command} did not get ready: ${error}\n${running.output}`)
      }
      await sleep(100)
    }
  }
}

class Program implements Running {
  output = ''
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk).slice(-4000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.once('error', (error) => keep(Buffer.from(String(error))))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** The body of a response. Throws unless its status is a success. */
export async function fetched(url: string | URL, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init)
  const body = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 500)}`)
  return body
}
