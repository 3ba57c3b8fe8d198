// How tests start the system's Chromium: without a window, and told to leave the network alone.

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** For `chromium.launch()` of playwright-core. */
export const quietChromium = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

/**
 * Where a test keeps what it saw: in a cache, or in the documents where BOLTLINE_COMMIT_IMAGES is 1, so that running the tests
 * alone changes no file of the repository.
 *
 * @param {string} name
 */
export function screenshotPath(name) {
  const folder = process.env['BOLTLINE_COMMIT_IMAGES'] === '1' ? '../../docs/images/' : '../../.cache/screenshots/'
  const path = fileURLToPath(new URL(folder, import.meta.url))
  mkdirSync(path, { recursive: true })
  return path + name
}
