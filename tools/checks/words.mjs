// Keeps words out of code and documents that don't name the actor: write caller, server, pool, subscriber or transaction.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What is banned, and what to write. @type {readonly (readonly [RegExp, string])[]} */
const BANNED = [
  [/\bnobody\b/i, 'say what does not happen, or "no caller", "no subscriber"'],
  [/\bsomebody\b/i, 'name the actor'],
  [/\bwhoever\b/i, 'name the actor'],
  [/\bthose who\b/i, 'name the actors: callers, subscribers'],
  [/\bis told\b/i, 'say who calls or notifies it: "is called with", "receives"'],
  [/\bat all events\b/i, 'leave it out'],
]

/** These name the words in order to ban them. */
const EXEMPT = new Set(['tools/checks/words.mjs', 'tools/checks/words.test.mjs'])

/**
 * @param {string} path
 * @param {string} text
 * @returns {string[]} a line for each finding
 */
export function findings(path, text) {
  return text
    .split('\n')
    .flatMap((line, i) =>
      BANNED.filter(([word]) => word.test(line)).map(
        ([word, advice]) => `${path}:${i + 1}: ${word.exec(line)?.[0]}: ${advice}\n    ${line.trim().slice(0, 140)}`,
      ),
    )
}

function main() {
  const listed = execFileSync('git', ['ls-files', '-z', '*.ts', '*.mjs', '*.md'], { cwd: root, encoding: 'utf8' })
  const paths = listed.split('\0').filter((path) => path !== '' && !EXEMPT.has(path))
  const found = paths.flatMap((path) => findings(path, readFileSync(join(root, path), 'utf8')))
  for (const finding of found) console.error(finding)
  if (found.length > 0) process.exitCode = 1
  console.log(`${paths.length} files, ${found.length} banned words`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
