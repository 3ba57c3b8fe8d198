// The servers that the launcher knows: the exact release to fetch and the JDK it runs on.

/** @typedef {'5.26' | '2026.09'} Neo4jVersion */

/** @type {Readonly<Record<Neo4jVersion, { readonly release: string, readonly java: number }>>} */
export const versions = {
  '5.26': { release: '5.26.30', java: 17 },
  '2026.09': { release: '2026.09.0', java: 25 },
}

/** @type {readonly Neo4jVersion[]} */
export const versionNames = ['5.26', '2026.09']

/**
 * @param {string} name
 * @returns {name is Neo4jVersion}
 */
export function isVersion(name) {
  return Object.hasOwn(versions, name)
}
