// Readable output: headings, aligned tables, bars. Plain where nobody looks at a terminal.

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
const paint = (/** @type {number} */ code, /** @type {string} */ text) =>
  colour ? `\u001b[${code}m${text}\u001b[0m` : text

/** @param {string} text */
export function heading(text) {
  console.log(`\n${paint(1, text)}\n${'─'.repeat(text.length)}`)
}

/** @param {string} text */
export function line(text) {
  console.log(text)
}

/** @param {string} text */
export function faint(text) {
  return paint(2, text)
}

/**
 * @param {readonly string[]} titles
 * @param {readonly (readonly unknown[])[]} rows
 */
export function table(titles, rows) {
  const cells = rows.map((row) => row.map((value) => String(value)))
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const numeric = titles.map((_, i) => rows.every((row) => typeof row[i] === 'number'))
  const format = (/** @type {readonly string[]} */ row) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  console.log(faint(format(titles)))
  for (const row of cells) console.log(format(row))
}

/**
 * @param {number} value
 * @param {number} most
 */
export function bar(value, most) {
  return paint(36, '█'.repeat(Math.max(1, Math.round((24 * value) / most))))
}

/** @param {number} ms */
export function time(ms) {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`
}
