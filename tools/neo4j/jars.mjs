// The jars of one Neo4j release, resolved once by Maven into a cache that every checkout and process can share.
//
// Maven on the PATH is used as its user has set it up (mirrors, proxies, credentials). Where there is none, Maven
// itself is fetched, checked against the digest below and run by the JDK. A folder appears in the cache under its
// final name only when it is complete: it is built beside it and renamed.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const maven = {
  version: '3.9.16',
  sha512:
    'ed41650d42485cfc243fad22158caf9cbb5dc408ce7a09ddb94dd42a019de929ca43065bfa450612cf12bf78b5cafa3884b96c090de326ff590448c933454af3',
  repository: 'https://repo1.maven.org/maven2',
  dependencyPlugin: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1',
}

const onWindows = process.platform === 'win32'
const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

export const cacheFolder = () => resolve(process.env.BOLTLINE_CACHE ?? join(repositoryRoot, '.cache'))

/**
 * The folder that holds every jar of a Neo4j release; fetched on first use.
 *
 * Settings: `BOLTLINE_CACHE`, the folder of the cache (default: `.cache` in the repository), and
 * `BOLTLINE_MAVEN_REPOSITORY`, the address of a mirror of Maven Central (default: what Maven is set up for).
 *
 * @param {string} release for example 5.26.30
 * @param {string} jdk home folder of a JDK, for the case that no Java is on the PATH
 * @param {(line: string) => void} [say] told when something is downloaded. Default: standard error
 * @returns {Promise<string>}
 */
export async function neo4jJars(release, jdk, say = console.error) {
  const cache = cacheFolder()
  return once(join(cache, 'neo4j', release), async (folder) => {
    say(`fetching the jars of Neo4j ${release} (once, about 150 MB) into ${cache}`)
    const work = join(folder, 'resolve')
    await mkdir(work)
    await writeFile(join(work, 'pom.xml'), pom(release))
    await runMaven(await findMaven(cache, jdk, say), jdk, work, [
      `${maven.dependencyPlugin}:copy-dependencies`,
      `-DoutputDirectory=${folder}`,
    ])
    await rm(work, { recursive: true })
    const names = await readdir(folder)
    if (!names.includes(`neo4j-bolt-${release}.jar`)) {
      throw new Error(`Maven ended well but left no neo4j-bolt-${release}.jar among ${names.length} files in ${folder}`)
    }
  })
}

/**
 * One jar that runs by itself; fetched on first use.
 *
 * @param {{ group: string, name: string, version: string, classifier: string }} jar
 * @param {string} jdk home folder of a JDK
 * @param {(line: string) => void} [say] told when something is downloaded. Default: standard error
 * @returns {Promise<string>} the path of the jar
 */
export async function executableJar({ group, name, version, classifier }, jdk, say = console.error) {
  const cache = cacheFolder()
  const file = `${name}-${version}-${classifier}.jar`
  const home = await once(join(cache, 'jars', `${name}-${version}`), async (folder) => {
    say(`fetching ${file} (once) into ${cache}`)
    const work = join(folder, 'resolve')
    await mkdir(work)
    await writeFile(join(work, 'pom.xml'), emptyPom)
    await runMaven(await findMaven(cache, jdk, say), jdk, work, [
      `${maven.dependencyPlugin}:copy`,
      `-Dartifact=${group}:${name}:${version}:jar:${classifier}`,
      `-DoutputDirectory=${folder}`,
    ])
    await rm(work, { recursive: true })
    if (!existsSync(join(folder, file))) throw new Error(`Maven ended well but left no ${file} in ${folder}`)
  })
  return join(home, file)
}

const emptyPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>boltline</groupId>
  <artifactId>tools</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
</project>
`

/** @param {string} release */
const pom = (release) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>boltline</groupId>
  <artifactId>neo4j-server</artifactId>
  <version>${release}</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>${release}</version></dependency>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j-bolt</artifactId><version>${release}</version></dependency>
  </dependencies>
</project>
`

/**
 * @typedef {object} Program
 * @property {string} command
 * @property {string[]} before arguments that come first
 * @property {boolean} shell
 */

/**
 * @param {string} cache
 * @param {string} jdk
 * @param {(line: string) => void} say
 * @returns {Promise<Program>}
 */
async function findMaven(cache, jdk, say) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const command = join(folder, onWindows ? 'mvn.cmd' : 'mvn')
    if (folder && existsSync(command)) return { command, before: [], shell: onWindows }
  }
  const home = await once(join(cache, 'maven', maven.version), (folder) => fetchMaven(folder, jdk, say))
  const boot = join(home, 'boot')
  const launcher = (await readdir(boot)).find((name) => /^plexus-classworlds-.*\.jar$/.test(name))
  if (launcher === undefined) throw new Error(`no plexus-classworlds jar in ${boot}: remove ${home} and start again`)
  const before = [
    ...['-classpath', join(boot, launcher), `-Dclassworlds.conf=${join(home, 'bin', 'm2.conf')}`],
    ...[`-Dmaven.home=${home}`, `-Dmaven.multiModuleProjectDirectory=${home}`],
    'org.codehaus.plexus.classworlds.launcher.Launcher',
  ]
  return { command: join(jdk, 'bin', 'java'), before, shell: false }
}

/**
 * @param {string} folder
 * @param {string} jdk
 * @param {(line: string) => void} say
 */
async function fetchMaven(folder, jdk, say) {
  const name = `apache-maven-${maven.version}`
  const repository = (process.env.BOLTLINE_MAVEN_REPOSITORY ?? maven.repository).replace(/\/+$/, '')
  const address = `${repository}/org/apache/maven/apache-maven/${maven.version}/${name}-bin.zip`
  say(`no mvn on the PATH: fetching Maven ${maven.version}`)
  const advice =
    'Install Maven 3.8 or newer (mvn on the PATH), or set BOLTLINE_MAVEN_REPOSITORY to a mirror of Maven Central.'
  const answer = await fetch(address).catch((cause) => {
    throw new Error(`could not fetch Maven: ${cause.cause?.message ?? cause.message}. ${advice}`, { cause })
  })
  if (!answer.ok) throw new Error(`could not fetch Maven: HTTP ${answer.status}. ${advice}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const digest = createHash('sha512').update(bytes).digest('hex')
  if (digest !== maven.sha512)
    throw new Error(`the fetched Maven ${maven.version} has SHA-512 ${digest}, not ${maven.sha512}. ${advice}`)
  const zip = join(folder, 'maven.zip')
  await writeFile(zip, bytes)
  await run({ command: join(jdk, 'bin', 'jar'), before: [], shell: false }, folder, ['xf', zip], process.env)
  await rm(zip)
  for (const entry of await readdir(join(folder, name))) await rename(join(folder, name, entry), join(folder, entry))
  await rm(join(folder, name), { recursive: true })
}

/**
 * @param {Program} program
 * @param {string} jdk
 * @param {string} work
 * @param {string[]} goals
 */
async function runMaven(program, jdk, work, goals) {
  const options = ['--batch-mode', '--no-transfer-progress', '--file', join(work, 'pom.xml')]
  const mirror = process.env.BOLTLINE_MAVEN_REPOSITORY
  if (mirror) {
    // Global settings, so that the user's own ones (credentials, proxies) still count.
    const settings = join(work, 'settings.xml')
    await writeFile(settings, mirrorSettings(mirror))
    options.push('--global-settings', settings)
  }
  await run(program, work, [...options, ...goals], { ...process.env, JAVA_HOME: process.env.JAVA_HOME ?? jdk })
}

/** @param {string} url */
const mirrorSettings = (url) => `<settings>
  <mirrors>
    <mirror><id>boltline-mirror</id><mirrorOf>central</mirrorOf><url>${url.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</url></mirror>
  </mirrors>
</settings>
`

/**
 * @param {Program} program
 * @param {string} cwd
 * @param {string[]} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
function run(program, cwd, options, env) {
  const quote = (/** @type {string} */ text) => (program.shell ? `"${text}"` : text)
  return new Promise((done, fail) => {
    const child = spawn(quote(program.command), [...program.before, ...options].map(quote), {
      cwd,
      env,
      shell: program.shell,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    let output = ''
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-6000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (cause) => fail(new Error(`could not run ${program.command}: ${cause.message}`, { cause })))
    child.on('close', (code, signal) => {
      if (code === 0) done()
      else fail(new Error(`${program.command} ended with ${signal ?? code}. The end of its output:\n${output}`))
    })
  })
}

/**
 * Makes a folder once, however many processes ask for it at the same time.
 *
 * @param {string} folder
 * @param {(folder: string) => Promise<void>} fill gets an empty folder; what it leaves there becomes the result
 * @returns {Promise<string>} `folder`
 */
export async function once(folder, fill) {
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  const unlock = await lock(`${folder}.lock`, () => existsSync(folder))
  if (unlock === undefined) return folder
  try {
    if (existsSync(folder)) return folder
    const draft = await mkdtemp(`${folder}.draft-`)
    try {
      await fill(draft)
      await rename(draft, folder)
    } catch (failure) {
      await rm(draft, { recursive: true, force: true })
      if (!existsSync(folder)) throw failure
    }
    return folder
  } finally {
    await unlock()
  }
}

/**
 * @param {string} file
 * @param {() => boolean} isMade asked while waiting: another process finished the work
 * @returns {Promise<(() => Promise<void>) | undefined>} undefined when the work is done already
 */
async function lock(file, isMade) {
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (failure) {
      if (/** @type {NodeJS.ErrnoException} */ (failure).code !== 'EEXIST') throw failure
    }
    if (isMade()) return undefined
    if (await isAbandoned(file)) await rm(file, { force: true })
    else await sleep(200)
  }
}

/**
 * Whether the owner of a lock has died. Two processes may both take over such a lock safely, because the last step is a rename.
 *
 * @param {string} file
 */
async function isAbandoned(file) {
  try {
    const owner = Number(await readFile(file, 'utf8'))
    // The number is written a moment after the file is made.
    if (owner === 0) return Date.now() - (await stat(file)).mtimeMs > 10_000
    process.kill(owner, 0)
    return false
  } catch (failure) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (failure)
    if (code === 'ESRCH') return true
    if (code === 'ENOENT' || code === 'EPERM') return false
    throw failure
  }
}
