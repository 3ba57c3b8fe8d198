// The figures as text, the same on the screen and in results.md.

import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {import('./contestants.mjs').Who} Who */

/** @param {number} value */
function rate(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  return Math.round(value).toLocaleString('en-US')
}

/** @param {number} value */
function ratio(value) {
  return value.toFixed(value < 2 ? 2 : 1)
}

/** @param {number} value */
function cost(value) {
  if (Number.isNaN(value)) return '—'
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2)
}

/** @param {Figure | undefined} figure @param {(value: number) => string} format */
function withSpread(figure, format) {
  return figure === undefined ? '—' : `${format(figure.median)} (${format(figure.least)}–${format(figure.most)})`
}

/** @param {readonly (readonly string[])[]} rows the first one is the head */
export function table(rows) {
  const [head = [], ...body] = rows
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The rates of all contestants. @param {readonly import('./measure.mjs').Row[]} rows @param {readonly { who: Who, title: string }[]} contestants */
export function rateTable(rows, contestants) {
  return table([
    ['work', 'per second', ...contestants.map(({ title }) => title)],
    ...rows.map(({ workload, rates }) => [
      workload.title,
      workload.unit.replace('/s', ''),
      ...contestants.map(({ who }) => withSpread(rates[who], rate)),
    ]),
  ])
}

/** Processor time of each client for one unit. @param {readonly import('./measure.mjs').Row[]} rows @param {readonly { who: Who, title: string }[]} contestants */
export function costTable(rows, contestants) {
  return table([
    ['work', 'µs for one of', ...contestants.map(({ title }) => title)],
    ...rows.map(({ workload, costs }) => [
      workload.title,
      workload.unit.replace('/s', ''),
      ...contestants.map(({ who }) => withSpread(costs[who], cost)),
    ]),
  ])
}

/** This driver against each of the others, with the goal and whether it is met. @param {readonly import('./measure.mjs').Row[]} rows @param {readonly { who: Who, title: string, physical?: boolean }[]} contestants */
export function ratioTable(rows, contestants) {
  const others = contestants.filter(({ who }) => who !== 'boltline')
  return table([
    ['work', ...others.map(({ title }) => `against ${title}`)],
    ...rows.map(({ workload, ratios }) => [
      workload.title,
      ...others.map(({ who, physical }) => {
        const figure = ratios[who]
        const goal = workload.goal[physical ? 'raw' : who]
        if (figure === undefined) return '—'
        const text = `${withSpread(figure, ratio)}×`
        if (goal === undefined) return text
        return `${figure.median >= goal ? `**${text}**` : text}, goal ${goal}×`
      }),
    ]),
  ])
}

/** What was measured, and on what. @param {readonly (import('./contestants.mjs').Contestant | import('./contestants.mjs').Absentee)[]} contestants @param {string} server */
export function surroundings(contestants, server) {
  const [cpu] = cpus()
  return [
    `- Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}; load average at the start ${loadavg()[0]?.toFixed(1)}`,
    `- Server: ${server}, on the same machine`,
    ...contestants.map((one) => `- ${one.title}: ${'absent' in one ? `absent, ${one.absent}` : one.version}`),
  ].join('\n')
}
