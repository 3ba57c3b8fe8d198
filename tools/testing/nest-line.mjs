// Lets the tests of one vitest project run on another line of Nest than the one installed in the repository: everything that
// belongs to Nest is found in a folder of its own. Packages of Nest import each other by name, so a line can't be had by
// aliases in one folder.

import { createRequire } from 'node:module'
import { join } from 'node:path'

/** What exists once in an application; its copies have to be those that Nest itself loads. */
const ofNest = /^(@nestjs\/|rxjs|reflect-metadata$|graphql$|mercurius$|fastify$|ws$)/

/**
 * A Vite plugin.
 *
 * @param {string} folder with the installed line
 */
export function nestLine(folder) {
  const { resolve } = createRequire(join(folder, 'package.json'))
  return {
    name: 'nest-line',
    enforce: /** @type {const} */ ('pre'),
    /** @param {string} source */
    resolveId: (source) => (ofNest.test(source) ? resolve(source) : undefined),
  }
}
