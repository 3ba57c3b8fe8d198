// Finds an installed JDK of one exact major version: the setting first, then the folders where JVMs usually live.
// The `release` file of a JDK names its version, so that no program has to run for that.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const onWindows = process.platform === 'win32'

/**
 * The home folder of a JDK of this major version.
 *
 * @param {number} major for example 17
 * @param {string} neededBy what to say in the error, for example "Neo4j 5.26"
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function findJdk(major, neededBy, env = process.env) {
  const setting = `JAVA_HOME_${major}`
  const chosen = env[setting]
  if (chosen) {
    const found = majorOf(chosen)
    if (found === major) return chosen
    throw new Error(
      `${setting}=${chosen} is ${found === undefined ? 'not a JDK' : `a JDK ${found}`}, but ${neededBy} needs a JDK ${major}. ` +
        `Point ${setting} at the home folder of a JDK ${major} (it holds bin/javac and a file named release).`,
    )
  }
  const looked = candidates(env)
  for (const home of looked) if (majorOf(home) === major) return home
  const homes = looked.map((home) => `  ${home}: ${describe(home)}`).join('\n')
  throw new Error(
    `${neededBy} needs a JDK ${major}, and none was found. Install one, or set ${setting} to its home folder.\n` +
      `Looked at JAVA_HOME, ${folders(env).join(', ')}${homes ? `:\n${homes}` : ': no JDK there.'}`,
  )
}

/** @param {string} home */
function describe(home) {
  const major = majorOf(home)
  return major === undefined ? 'not a JDK' : `JDK ${major}`
}

/**
 * @param {string} home
 * @returns {number | undefined} undefined when it is no JDK (a JRE alone cannot run a source file)
 */
function majorOf(home) {
  if (!existsSync(join(home, 'bin', onWindows ? 'javac.exe' : 'javac'))) return undefined
  const release = join(home, 'release')
  if (!existsSync(release)) return undefined
  const major = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1]
  return major === undefined ? undefined : Number(major)
}

/** @param {NodeJS.ProcessEnv} env */
function folders(env) {
  if (onWindows) {
    const programs = [env.ProgramFiles, env['ProgramFiles(x86)']].filter((folder) => folder !== undefined)
    return programs.flatMap((folder) =>
      ['Java', 'Eclipse Adoptium', 'Microsoft', 'Zulu'].map((vendor) => join(folder, vendor)),
    )
  }
  const own = [
    join(env.SDKMAN_CANDIDATES_DIR ?? join(homedir(), '.sdkman', 'candidates'), 'java'),
    join(homedir(), '.jdks'),
  ]
  if (process.platform === 'darwin') {
    return [
      '/Library/Java/JavaVirtualMachines',
      join(homedir(), 'Library/Java/JavaVirtualMachines'),
      '/opt/homebrew/opt',
      ...own,
    ]
  }
  return ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt/jdk', ...own]
}

/** @param {NodeJS.ProcessEnv} env */
function candidates(env) {
  const found = env.JAVA_HOME ? [env.JAVA_HOME] : []
  for (const folder of folders(env)) {
    if (!existsSync(folder)) continue
    for (const name of readdirSync(folder).sort()) {
      if (name.startsWith('.')) continue
      const home = join(folder, name)
      // macOS bundles keep the JDK two levels down; Homebrew's folder holds much else.
      const inBundle = join(home, 'Contents', 'Home')
      if (existsSync(inBundle)) found.push(inBundle)
      else if (existsSync(join(home, 'release')) || folder === '/usr/lib/jvm') found.push(home)
    }
  }
  return found
}
