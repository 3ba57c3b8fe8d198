// What a check consists of: programs that have to succeed, each with its line of output.

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {readonly string[]} arguments for Node, the script first
 * @property {string} cwd
 * @property {string} [node] another Node than this one
 * @property {RegExp} [expected] what the program has to print
 * @property {NodeJS.ProcessEnv} [env]
 */

let failures = 0

/** How many steps have failed. */
export const problems = () => failures

/**
 * Prints the line of a step.
 * @param {string} title
 * @param {boolean} ok
 * @param {string} output printed if the step has failed
 */
export function report(title, ok, output) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${title}`)
  if (ok) return
  failures += 1
  console.log(output)
}

/**
 * Runs the steps, as many at a time as there are processors, and prints their lines in the order in which they end.
 * @param {readonly Step[]} steps
 */
export async function run(steps) {
  const waiting = [...steps]
  const next = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await runStep(step)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
}

/** @param {Step} step */
async function runStep({ title, arguments: arguments_, cwd, node = process.execPath, expected = /(?:)/, env }) {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, timeout: 5 * 60_000 }
  const { status, output } = await new Promise((resolve) =>
    execFile(node, arguments_, options, (error, stdout, stderr) =>
      resolve({ status: error === null ? 'exit code 0' : error.message, output: stdout + stderr }),
    ),
  )
  report(title, status === 'exit code 0' && expected.test(output), `${status}\n${output}`)
}
