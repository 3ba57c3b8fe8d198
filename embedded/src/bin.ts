#!/usr/bin/env node
import process from 'node:process'
import { runCommand } from './command.ts'

try {
  const graph = await runCommand(process.argv.slice(2), (text) => process.stdout.write(text))
  // `close` releases the last handles, so the process then exits on its own.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void graph?.close())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
