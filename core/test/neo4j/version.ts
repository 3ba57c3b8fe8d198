import { isVersion, type Neo4jVersion, versionNames } from '../../../tools/neo4j/versions.mjs'

/** Checks the version name that a vitest project requests. */
export function versionUnderTest(name: string | undefined): Neo4jVersion {
  if (name !== undefined && isVersion(name)) return name
  throw new Error(
    `BOLTLINE_NEO4J_VERSION is ${JSON.stringify(name)}: it has to be one of ${versionNames.join(', ')}, ` +
      'or NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD have to name a server',
  )
}
