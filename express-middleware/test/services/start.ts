/** Makes a program of a service, and starts it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const { resolve } = createRequire(import.meta.url)

/** A running service. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly pid: number
}

/** The service as a program that Node runs as it is, from the sources. */
export class Program implements Disposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), 'boltline-service-'))
    const bundle = await rolldown({
      input: fileURLToPath(new URL('service.ts', import.meta.url)),
      platform: 'node',
      resolve: { conditionNames: ['@boltline/source', 'node', 'import', 'default'] },
      plugins: [
        {
          name: 'express as it is',
          resolveId: (id) =>
            /^express\d$/.test(id) ? { id: String(pathToFileURL(resolve(id))), external: true } : null,
        },
      ],
    })
    await bundle.write({ file: join(folder, 'service.mjs'), format: 'esm' })
    await bundle.close()
    return new Program(folder)
  }

  async start(...given: string[]): Promise<Service> {
    const child = fork(join(this.#folder, 'service.mjs'), given, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [url] = (await Promise.race([once(child, 'message'), ended(child)])) as [string]
    return {
      url,
      pid: child.pid as number,
      [Symbol.asyncDispose]: async () => {
        const over = once(child, 'exit')
        child.disconnect()
        await over
      },
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`The service ended with ${code} before it listened`)
}
