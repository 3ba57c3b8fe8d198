/** The entry point of the package: `GraphDatabase`. */

import type { Driver } from './driver/driver.ts'
import {
  type BookmarkManager,
  type BookmarkManagerConfig,
  createBookmarkManager,
} from './execution/bookmark-manager.ts'
import { type DriverConfig, parseDriverConfig } from './settings/config.ts'
import { assembleDriver } from './wiring.ts'

/** Creates drivers and bookmark managers. */
export const GraphDatabase = Object.freeze({
  /**
   * Creates a driver. Opens no connection: the driver connects at its first call; `driver.verifyConnectivity()` checks the
   * connection.
   *
   * @param uri - `bolt://host:port` for one server, `neo4j://host:port?context` for a cluster (and single servers);
   * `+s` for TLS with verified certificates, `+ssc` for TLS that accepts every certificate
   * @param config - settings; each has a default. `null` and `undefined` mean all defaults
   * @throws ConfigurationError when the URI is malformed, or a setting is unknown, invalid or contradicts another
   *
   * @example
   * ```ts
   * await using driver = GraphDatabase.driver('neo4j+s://example.com', { auth: basicAuth('neo4j', 'secret') })
   * ```
   */
  driver(uri: string, config?: DriverConfig | null): Driver {
    return assembleDriver(parseDriverConfig(uri, config))
  },

  /**
   * Creates a bookmark manager, which shares bookmarks between sessions, so that each sees the commits of the others. Pass it
   * to `driver.session({ bookmarkManager })` or to `driver.executeQuery(text, parameters, { bookmarkManager })`.
   *
   * @throws ConfigurationError when a setting is unknown or invalid
   */
  bookmarkManager(config?: BookmarkManagerConfig | null): BookmarkManager {
    return createBookmarkManager(config)
  },
})
