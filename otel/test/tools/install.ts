/** Sees to it that the programs are there which these tests look through: as Debian packages, or from Maven. */

import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { executableJar } from '../../../tools/neo4j/jars.mjs'
import { findJdk } from '../../../tools/neo4j/jdk.mjs'

/** Programs and the Debian packages that bring them; a font, because Chromium shows boxes without any. */
const programs = { chromium: 'chromium', prometheus: 'prometheus', promtool: 'prometheus', ip: 'iproute2' } as const
const fonts = 'fonts-dejavu-core'

const zipkin = { group: 'io.zipkin', name: 'zipkin-server', version: '3.6.1', classifier: 'exec' } as const

export interface Tools {
  /** The `java` that runs it, and the jar. */
  readonly java: string
  readonly zipkin: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    tools: Tools
  }
}

export async function setup(project: TestProject): Promise<void> {
  const missing = Object.entries(programs).filter(([program]) => !isThere(program))
  if (missing.length > 0) installPackages([...new Set(missing.map(([, name]) => name)), fonts])
  const jdk = findJdk(17, 'Zipkin')
  project.provide('tools', { java: `${jdk}/bin/java`, zipkin: await executableJar(zipkin, jdk) })
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

function installPackages(names: readonly string[]): void {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    throw new Error(`These tests need ${names.join(', ')}. On Debian, as root: ${command}`)
  }
  console.log(command)
  const { status } = spawnSync('sh', ['-c', command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  const still = Object.keys(programs).filter((program) => !isThere(program))
  if (status !== 0 || still.length > 0) throw new Error(`apt-get ended with ${status}; missing: ${still.join(', ')}`)
}
