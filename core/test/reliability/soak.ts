/** Runs the program of soak.mjs, with the driver compiled as its users get it, and compares what it held over time. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface SoakOptions {
  readonly uri: string
  readonly credentials: readonly [user: string, password: string]
  readonly sessions: number
  /** How often it is measured. */
  readonly rounds: number
}

/** What the program held behind a round. */
export interface Round {
  /** Of heap and buffers, behind a collection. */
  readonly bytes: number
  /** What keeps a process alive: sockets, timers. */
  readonly resources: number
  /** Open file descriptors, where the system tells. */
  readonly files: number
}

export interface SoakReport {
  readonly queries: number
  readonly sessions: number
  /** Connections still lent at the end, and callers still waiting for one. */
  readonly held: number
  readonly rounds: readonly Round[]
}

export async function soaked({ uri, credentials, sessions, rounds }: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'boltline-soak-'))
  try {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    const project = join(root, 'core/tsconfig.build.json')
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    await output([compiler, '-p', project, '--outDir', join(folder, 'core')])
    const core = pathToFileURL(join(folder, 'core/index.js')).href
    const program = fileURLToPath(new URL('soak.mjs', import.meta.url))
    const report = await output(['--expose-gc', program, core, uri, ...credentials, String(sessions), String(rounds)])
    return JSON.parse(report)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a Node process prints, once it has ended well. */
async function output(parameters: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, parameters, { env: { ...process.env, NODE_OPTIONS: '' } })
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    printed.stdout += text
  })
  child.stderr.on('data', (text) => {
    printed.stderr += text
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${parameters[0]} ended with ${code}:\n${printed.stderr}\n${printed.stdout}`)
  return printed.stdout
}
