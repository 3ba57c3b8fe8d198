// The Python that runs TestKit: `PYTHON` where that is set, else a virtual environment of our own with the three packages
// that its tests import.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/workspaces.mjs'

const packages = ['ifaddr==0.2.0', 'lark==1.0.0', 'pytz']
const environment = join(root, '.cache/testkit/python')

/** @returns {string} an interpreter that has what TestKit imports */
export function pythonForTestKit() {
  const chosen = process.env['PYTHON']
  if (chosen !== undefined) return demandPackages(chosen)
  const python = join(environment, 'bin/python')
  if (existsSync(python) && hasPackages(python)) return python
  console.log(`making a Python environment with ${packages.join(', ')}`)
  execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' })
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
    stdio: 'inherit',
  })
  return demandPackages(python)
}

/** @param {string} python */
function demandPackages(python) {
  if (hasPackages(python)) return python
  throw new Error(`${python} lacks what TestKit imports: pip install ${packages.join(' ')}`)
}

/** @param {string} python */
function hasPackages(python) {
  return spawnSync(python, ['-c', 'import ifaddr, lark, pytz'], { stdio: 'ignore' }).status === 0
}
