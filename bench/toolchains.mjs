// The programs that are not JavaScript: built, or installed, into .cache/bench/ on first use. Where a toolchain is missing,
// the reason is printed and the row says so.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../.cache/bench/', import.meta.url))

/** @typedef {{ command: readonly string[], version: string } | { absent: string }} Program */

/**
 * @param {string} command
 * @param {readonly string[]} arguments_
 * @param {string} [cwd]
 * @returns {{ output: string } | { failed: string }}
 */
function run(command, arguments_, cwd = here) {
  const { status, stdout, stderr, error } = spawnSync(command, arguments_, { cwd, encoding: 'utf8' })
  if (error !== undefined) return { failed: `${command} is not there` }
  if (status === 0) return { output: stdout.trim() }
  return { failed: `${command} ${arguments_[0]} failed: ${(stderr || stdout).trim().split('\n').at(-1)}` }
}

/**
 * Builds a Go program of a folder beside this file.
 * @param {string} folder
 * @param {string} name of the executable
 * @returns {{ command: readonly string[] } | { absent: string }}
 */
function built(folder, name) {
  mkdirSync(cache, { recursive: true })
  const executable = join(cache, process.platform === 'win32' ? `${name}.exe` : name)
  const outcome = run('go', ['build', '-o', executable, '.'], join(here, folder))
  return 'failed' in outcome ? { absent: outcome.failed } : { command: [executable] }
}

/** The replay server in Go; the one in JavaScript is there for machines without. */
export function goReplayServer() {
  return built('replay/go', 'replay')
}

/** @returns {Program} */
export function goClient() {
  const program = built('clients/go', 'go-client')
  if ('absent' in program) return program
  const listed = run(
    'go',
    ['list', '-m', '-f', '{{.Version}}', 'github.com/neo4j/neo4j-go-driver/v5'],
    join(here, 'clients/go'),
  )
  const compiler = run('go', ['env', 'GOVERSION'])
  const version = [listed, compiler].map((outcome) => ('failed' in outcome ? '?' : outcome.output)).join(', ')
  return { ...program, version }
}

/** @returns {Program} */
export function pythonClient() {
  const folder = join(cache, 'python')
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const requirements = join(here, 'clients/python/requirements.txt')
  const steps = [
    ...(existsSync(python) ? [] : [/** @type {const} */ (['python3', ['-m', 'venv', folder]])]),
    /** @type {const} */ ([python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]]),
  ]
  for (const [command, arguments_] of steps) {
    const outcome = run(command, arguments_)
    if ('failed' in outcome) return { absent: outcome.failed }
  }
  const versions =
    'import platform, importlib.metadata as m; print(m.version("neo4j"), "with neo4j-rust-ext", m.version("neo4j-rust-ext") + ",", "Python", platform.python_version())'
  const outcome = run(python, ['-c', versions])
  if ('failed' in outcome) return { absent: outcome.failed }
  return { command: [python, join(here, 'clients/python/client.py')], version: outcome.output }
}
