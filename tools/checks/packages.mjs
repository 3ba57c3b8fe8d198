// Checks what a user would install, not what lies in the repository: every published package is packed, the tarballs are
// linted (publint, are-the-types-wrong), unpacked beside each other, type-checked with the TypeScript compilers that are
// supported, imported, required, and asked for a file that isn't public. Needs a build, and tools/ installed.

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { published, root } from '../workspaces.mjs'
import { checkCompilers } from './compilers.mjs'
import { problems, report, run } from './steps.mjs'
import { problemsOfContents } from './tarball-contents.mjs'
import { linkPeers, packAll, unpack } from './tarballs.mjs'

const consumer = join(root, '.cache/consumer')
const publint = join(root, 'node_modules/publint/src/cli.js')
const typesWrong = join(root, 'tools/node_modules/@arethetypeswrong/cli/dist/index.js')

/** @param {import('../workspaces.mjs').Manifest} manifest */
function entriesOf(manifest) {
  return Object.keys(manifest.exports ?? {})
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1))
}

/** @param {string} title @param {readonly string[]} arguments_ */
const step = (title, arguments_) => ({ title, arguments: arguments_, cwd: consumer })

if (!existsSync(typesWrong)) throw new Error(`${typesWrong} is missing: run \`npm ci\` in tools/ first`)
rmSync(consumer, { recursive: true, force: true })
mkdirSync(consumer, { recursive: true })
writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')

const entries = published.flatMap(({ manifest }) => entriesOf(manifest))
const packed = packAll(join(root, '.cache/packed'))
for (const { manifest, tarball } of packed) {
  const wrong = problemsOfContents(unpack(tarball, manifest.name, consumer))
  report(`contents of ${manifest.name}`, wrong.length === 0, wrong.join('\n'))
}
linkPeers(consumer)
await run(
  packed.flatMap(({ manifest, tarball }) => [
    step(`publint ${manifest.name}`, [publint, 'run', tarball, '--strict']),
    step(`are the types wrong ${manifest.name}`, [typesWrong, tarball, '--no-color']),
  ]),
)
await checkCompilers(consumer, entries)
await run(
  entries.flatMap((entry) => {
    // What is put together with others may have been renamed, which would show in stacks.
    const renamed = `Object.entries(await import('${entry}')).filter(([, value]) => /\\$\\d+$/.test(value?.name))`
    const imports = `const found = ${renamed}; if (found.length > 0) throw new Error('renamed: ' + found.map(([key]) => key))`
    const same = `import('${entry}').then((module) => process.exit(require('${entry}') === module ? 0 : 1))`
    return [
      step(`import '${entry}'`, ['--input-type=module', '--eval', imports]),
      step(`require('${entry}') gives the same module`, ['--input-type=commonjs', '--eval', same]),
    ]
  }),
)
await run(
  published.flatMap(({ manifest }) => {
    const refused = `await import('${manifest.name}/dist/index.js').then(
      () => process.exit(1), (error) => process.exit(error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? 0 : 2))`
    return [
      ...Object.entries(manifest.bin ?? {}).map(([command, file]) =>
        step(`${command} --help`, [join(consumer, 'node_modules', manifest.name, file), '--help']),
      ),
      step(`${manifest.name} refuses deep imports`, ['--input-type=module', '--eval', refused]),
    ]
  }),
)

console.log(`${published.length} packages, ${entries.length} entries, ${problems()} problems`)
process.exitCode = problems() === 0 ? 0 : 1
