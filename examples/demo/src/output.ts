/** Readable output: headings, aligned tables, bars. Plain where the output is no terminal. */

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)

export function heading(text: string) {
  console.log(`\n${paint(1, text)}\n${'─'.repeat(text.length)}`)
}

export function line(text: string) {
  console.log(text)
}

export function faint(text: string) {
  return paint(2, text)
}

export function table(titles: readonly string[], rows: readonly (readonly unknown[])[]) {
  const cells = rows.map((row) => row.map((value) => String(value)))
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const numeric = titles.map((_, i) => rows.every((row) => typeof row[i] === 'number'))
  const format = (row: readonly string[]) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  console.log(faint(format(titles)))
  for (const row of cells) console.log(format(row))
}

export function bar(value: number, most: number) {
  return paint(36, '█'.repeat(Math.max(1, Math.round((24 * value) / most))))
}

export function time(ms: number) {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`
}
