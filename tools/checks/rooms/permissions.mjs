// What the table of rooms permits, compared with what the sources import. Rules against forbidden imports are in
// `cruiser.config.mjs`; these checks find permissions that nothing uses, and rooms that form a circle.

import { packages, permissionsOf } from './table.mjs'

/**
 * @typedef {import('./table.mjs').PackageRooms} PackageRooms
 * @typedef {{
 *   source: string,
 *   dependencies: readonly { resolved: string, dependencyTypes: readonly string[] }[],
 * }} Module a module in the report of dependency-cruiser
 */

/** @param {string} path @returns {{ owner: string, room: string } | null} the first folder or the file below `src` */
function placeOf(path) {
  const [, owner, room] = /^([^/]+)\/src\/([^/]+)/.exec(path) ?? []
  return owner === undefined || room === undefined ? null : { owner, room }
}

/**
 * @param {readonly Module[]} modules
 * @returns {Map<string, { atRunTime: boolean }>} by `owner/room -> owner/room`
 */
function importsBetweenRooms(modules) {
  /** @type {Map<string, { atRunTime: boolean }>} */
  const found = new Map()
  for (const { source, dependencies } of modules) {
    const from = placeOf(source)
    if (from === null || source.endsWith('.test.ts')) continue
    for (const { resolved, dependencyTypes } of dependencies) {
      const to = placeOf(resolved)
      if (to === null) continue
      const atRunTime = !dependencyTypes.includes('type-only')
      for (const origin of [`${from.owner}/${from.room}`, from.owner]) {
        const key = `${origin} -> ${to.owner}/${to.room}`
        found.set(key, { atRunTime: atRunTime || (found.get(key)?.atRunTime ?? false) })
      }
    }
  }
  return found
}

/**
 * @param {readonly Module[]} modules
 * @param {Readonly<Record<string, PackageRooms>>} table
 * @returns {string[]} a line for each permission that is wider than what the sources import
 */
export function unusedPermissions(modules, table = packages) {
  const found = importsBetweenRooms(modules)
  return Object.entries(table).flatMap(([owner, { packages: others, rooms }]) => [
    ...Object.entries(rooms).flatMap(([room, row]) =>
      permissionsOf(row).flatMap(({ name, typesOnly }) => {
        const used = found.get(`${owner}/${room} -> ${owner}/${name}`)
        if (used === undefined) return [`${owner}: ${room} may import ${name}, but imports nothing of it`]
        if (!typesOnly && !used.atRunTime)
          return [`${owner}: ${room} imports only types of ${name}: move it to \`types\``]
        return []
      }),
    ),
    ...Object.entries(others).flatMap(([other, files]) =>
      files
        .filter((file) => !found.has(`${owner} -> ${other}/${file}`))
        .map((file) => `${owner} may import ${other}/src/${file}, but does not`),
    ),
  ])
}

/**
 * @param {readonly Module[]} modules
 * @param {Readonly<Record<string, PackageRooms>>} table
 * @returns {string[]} a line for each row without a file
 */
export function emptyRows(modules, table = packages) {
  const places = new Set(modules.map(({ source }) => placeOf(source)).map((place) => `${place?.owner}/${place?.room}`))
  return Object.entries(table).flatMap(([owner, { entries, rooms }]) =>
    [...Object.keys(entries), ...Object.keys(rooms)]
      .filter((name) => !places.has(`${owner}/${name}`))
      .map((name) => `${owner}: the table has a row for ${name}, which does not exist`),
  )
}

/**
 * @param {Readonly<Record<string, PackageRooms>>} table
 * @returns {string[]} a line for each circle of rooms, types included
 */
export function circles(table = packages) {
  return Object.entries(table).flatMap(([owner, { rooms }]) => {
    /** @type {string[]} */
    const lines = []
    const done = new Set()
    /** @param {string} room @param {readonly string[]} path */
    const visit = (room, path) => {
      if (path.includes(room)) {
        lines.push(`${owner}: circle of rooms ${[...path.slice(path.indexOf(room)), room].join(' -> ')}`)
        return
      }
      if (done.has(room)) return
      for (const { name } of permissionsOf(rooms[room] ?? { purpose: '' })) visit(name, [...path, room])
      done.add(room)
    }
    for (const room of Object.keys(rooms)) visit(room, [])
    return lines
  })
}
