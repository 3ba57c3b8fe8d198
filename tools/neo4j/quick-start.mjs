// What lets a server start in little more than half the processor time: our own class compiled, and an archive of the
// classes that a server loads until it is ready, which the JVM maps into memory instead of reading, checking and linking
// some fifteen thousand of them again. Made once per release and JDK, by a server that starts and is shut down.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../testing/free-port.mjs'
import { cacheFolder, once } from './jars.mjs'
import { Jvm, javaSource } from './jvm.mjs'
import { versions } from './versions.mjs'

/** @typedef {import('./jvm.mjs').Where} Where */
/** @typedef {import('./versions.mjs').Neo4jVersion} Neo4jVersion */

const run = promisify(execFile)

/**
 * @param {Where} where without `jar` and `archive`
 * @param {Neo4jVersion} version
 * @returns {Promise<Where>} with them
 */
export async function prepared(where, version) {
  const { jdk, jars } = where
  // An archive is of use to the JDK that made it, and as long as the jars are where they were.
  const digest = createHash('sha256').update(jars)
  for (const file of [javaSource, join(jdk, 'release')]) digest.update(await readFile(file))
  const name = `${versions[version].release}-${digest.digest('hex').slice(0, 12)}`
  const classes = await once(join(cacheFolder(), 'neo4j-classes', name), (folder) => compile(where, folder))
  const jar = join(classes, 'server.jar')
  const archive = await once(join(cacheFolder(), 'neo4j-archives', name), (folder) =>
    record({ ...where, jar }, version, folder),
  )
  const file = join(archive, 'classes.jsa')
  return existsSync(file) ? { ...where, jar, archive: file } : { ...where, jar }
}

/**
 * @param {Where} where
 * @param {string} folder
 */
async function compile({ jdk, jars }, folder) {
  const compiled = join(folder, 'compiled')
  await mkdir(compiled)
  await run(join(jdk, 'bin', 'javac'), ['-d', compiled, '-cp', join(jars, '*'), javaSource])
  // Archives take classes from jars alone.
  await run(join(jdk, 'bin', 'jar'), ['cf', join(folder, 'server.jar'), '-C', compiled, '.'])
}

/**
 * Leaves `classes.jsa` in the folder, or nothing where this JVM makes no archives.
 *
 * @param {Where} where
 * @param {Neo4jVersion} version
 * @param {string} folder
 */
async function record(where, version, folder) {
  const jvm = new Jvm({
    where,
    options: { version, auth: { password: 'recorded' }, quick: true },
    port: await freePort(),
    flags: [`-XX:ArchiveClassesAtExit=${join(folder, 'classes.jsa')}`],
  })
  try {
    await jvm.prepare()
    await jvm.start()
    if (!(await jvm.shutDown(600_000))) throw new Error(`Neo4j ${version} did not shut down in order.\n${jvm.logs()}`)
  } finally {
    await jvm.stop()
  }
}
