/** Where everything starts. */

import type { Driver } from './driver/driver.ts'
import { type DriverConfig, parseDriverConfig } from './settings/config.ts'
import { assembleDriver } from './wiring.ts'
import { type BookmarkManager, type BookmarkManagerConfig, createBookmarkManager } from './work/bookmark-manager.ts'

/** Makes drivers and bookmark managers. */
export const GraphDatabase = Object.freeze({
  /**
   * Makes a driver. Synchronous: connections are made when they are needed; `driver.verifyConnectivity()` tries one.
   *
   * @param uri - `bolt://host:port` for one server, `neo4j://host:port?context` for a cluster (and single servers);
   * `+s` for TLS with verified certificates, `+ssc` for TLS with any
   * @throws ConfigurationError for malformed URIs, unknown or contradictory settings; nothing has been opened then
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
   * Makes a bookmark manager, which chains everything that uses it causally: sessions by `session({ bookmarkManager })`,
   * `executeQuery` by its `bookmarkManager` setting.
   */
  bookmarkManager(config?: BookmarkManagerConfig | null): BookmarkManager {
    return createBookmarkManager(config)
  },
})
