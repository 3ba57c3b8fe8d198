/**
 * Every snippet of TypeScript and JavaScript in the documents is compiled, and run against a scripted server with configured
 * answers (`answers.ts`). A block that shows a part of a program is marked as a fragment (three backticks, `ts fragment`)
 * and compiled only. The comment `// → text` states that the snippet prints the line `text`, and `// GET /path → text` that it
 * responds with `text` on port 3000; SIGTERM ends a program that waits for requests.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'node:util'
import { startScripted } from '@boltline/embedded'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from '../../tools/testing/free-port.mjs'
import { teach } from './answers.ts'
import { problemsOf } from './compiler.ts'
import { documents, root } from './documents.ts'
import { addressedTo, programOf } from './program.ts'
import { snippetsOf } from './snippets.ts'

const folder = join(root, 'docs/.snippets')
/** Compiler options that Nest needs. */
const DECORATORS = { experimentalDecorators: true, emitDecoratorMetadata: true }
const snippets = documents.flatMap(([path, markdown]) => snippetsOf(path, markdown))

beforeAll(() => {
  for (const part of ['compiled', 'run']) {
    rmSync(join(folder, part), { recursive: true, force: true })
    mkdirSync(join(folder, part), { recursive: true })
  }
  // A program may re-send the signal to itself after an orderly shutdown, at any later time.
  vi.spyOn(process, 'kill').mockReturnValue(true)
  writeFileSync(join(folder, 'run/tsconfig.json'), JSON.stringify({ compilerOptions: DECORATORS }))
})

describe('The snippets in the documents', () => {
  it('compile', () => {
    for (const snippet of snippets) writeFileSync(join(folder, 'compiled', snippet.fileName), programOf(snippet))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: {
          noUncheckedIndexedAccess: false,
          noUnusedLocals: false,
          noUnusedParameters: false,
          ...DECORATORS,
          // Users of Nest write `constructor(private readonly …)`.
          erasableSyntaxOnly: false,
        },
        include: ['compiled', '../../core/src/**/*.d.ts'],
      }),
    )
    expect(problemsOf(join(folder, 'tsconfig.json'))).toBe('')
  })

  for (const snippet of snippets.filter(({ fragment }) => !fragment)) {
    it(`${snippet.place} runs, prints its documented output, and leaves no connection open`, async () => {
      await using server = await startScripted()
      teach(server)
      const file = join(folder, 'run', snippet.fileName)
      const port = await freePort()
      writeFileSync(file, addressedTo(programOf(snippet), `${server.host}:${server.port}`, port))
      const printed: string[] = []
      const log = vi.spyOn(console, 'log')
      log.mockImplementation((...values) => void printed.push(...format(...values).split('\n')))
      onTestFinished(() => log.mockRestore())
      const listeners = process.listenerCount('SIGTERM')
      await import(/* @vite-ignore */ file)
      expect(inOrder(printed, snippet.prints), `printed:\n${printed.join('\n')}`).toEqual(snippet.prints)
      for (const { path, text } of snippet.answers) {
        expect(await (await fetch(`http://localhost:${port}${path}`)).text()).toBe(text)
      }
      // The system sends SIGTERM to end a program that waits for requests.
      if (process.listenerCount('SIGTERM') > listeners) process.emit('SIGTERM')
      await vi.waitFor(() => expect(server.connections).toBe(0))
    })
  }
})

/** The lines that match `expected` in order; other lines are skipped. */
function inOrder(lines: readonly string[], expected: readonly string[]): string[] {
  const found: string[] = []
  for (const line of lines) if (line === expected[found.length]) found.push(line)
  return found
}
