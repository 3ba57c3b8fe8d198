// Installs Nest 11 before the first test that needs it; the repository's own install has Nest 12.

import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Called by vitest before the first test of a project. */
export function setup(): void {
  const folder = new URL('nest-11/', import.meta.url)
  const installed = new URL('node_modules/.package-lock.json', folder)
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(new URL('package-lock.json', folder)).mtimeMs)
    return
  const windows = process.platform === 'win32'
  execFileSync(windows ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-audit', '--loglevel=error'], {
    cwd: fileURLToPath(folder),
    stdio: 'inherit',
    shell: windows,
  })
}
