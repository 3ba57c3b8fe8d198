#!/usr/bin/env node
import process from 'node:process'
import { runCommand } from './command.ts'

try {
  const graph = await runCommand(process.argv.slice(2), (text) => process.stdout.write(text))
  // The port closes last, and with it the process ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void graph?.close())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
