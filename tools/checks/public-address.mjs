// npm shows where a package comes from by `repository`, `homepage` and `bugs` of its manifest, and provenance is refused where
// `repository` isn't the repository that publishes. The address is not known before the repository is hosted, so it is an argument:
//
//   node tools/checks/public-address.mjs <address>           whether every published package names it
//   node tools/checks/public-address.mjs <address> --write   writes it into their manifests

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { published, root } from '../workspaces.mjs'

/**
 * What a package in `folder` has to say.
 *
 * @param {string} address of the repository, as a browser is given it
 * @param {string} folder
 */
export function fieldsFor(address, folder) {
  return {
    homepage: `${address}/tree/main/${folder}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git`, directory: folder },
  }
}

/**
 * @param {object} manifest
 * @param {ReturnType<typeof fieldsFor>} fields
 * @returns {string[]} the names of those that are missing or different
 */
export function wrongFields(manifest, fields) {
  const said = new Map(Object.entries(manifest))
  return Object.entries(fields).flatMap(([name, wanted]) => (isDeepStrictEqual(said.get(name), wanted) ? [] : [name]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
  const [given = ''] = positionals
  if (!/^https:\/\/[^/]+(\/[^/]+)+$/.test(given)) {
    throw new Error(
      `the address of this repository is expected, as https://<host>/<owner>/<name>, not ${given || 'nothing'}`,
    )
  }
  let wrong = 0
  for (const { folder, manifest } of published) {
    const fields = fieldsFor(given, folder)
    const names = wrongFields(manifest, fields)
    if (names.length === 0) continue
    if (values.write === true) {
      writeFileSync(join(root, folder, 'package.json'), `${JSON.stringify({ ...manifest, ...fields }, undefined, 2)}\n`)
      continue
    }
    wrong += 1
    console.error(`${folder}/package.json: ${names.join(', ')} must name ${given}; --write does it`)
  }
  process.exitCode = wrong === 0 ? 0 : 1
}
