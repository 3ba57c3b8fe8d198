/** Renders the comparison table of the README, between two marker lines. */

import type { Verdict } from './compare.ts'
import type { Comparison } from './queries.ts'

export interface ComparedSection {
  readonly title: string
  readonly compared: readonly { readonly comparison: Comparison; readonly verdict: Verdict }[]
}

const [start, end] = ['<!-- comparison: begin -->', '<!-- comparison: end -->']

/** Returns the README with this table. @throws Error when the marker lines are missing */
export function withTable(readme: string, sections: readonly ComparedSection[]): string {
  const from = readme.indexOf(start)
  const to = readme.indexOf(end)
  if (from === -1 || to === -1) throw new Error(`the README needs the lines ${start} and ${end}`)
  return `${readme.slice(0, from + start.length)}\n${tableOf(sections)}${readme.slice(to)}`
}

function tableOf(sections: readonly ComparedSection[]): string {
  const verdicts = sections.flatMap(({ compared }) => compared.map(({ verdict }) => verdict.kind))
  const count = (kind: Verdict['kind']) => verdicts.filter((each) => each === kind).length
  const sum = `Of ${verdicts.length} queries ${count('same')} are answered or refused as Neo4j does it, ${count('both refuse')} are refused by both with other codes, ${count('refused')} are refused here alone, with the reason, ${count('fails')} fail otherwise, and ${count('differs')} give another answer.\n`
  const tables = sections.map(
    ({ title, compared }) => `
| ${title} | embedded graph |
| --- | --- |
${compared.map(({ comparison, verdict }) => `| ${code(comparison.query)}${comparison.note === undefined ? '' : ` (${cell(comparison.note)})`} | ${words(verdict)} |`).join('\n')}
`,
  )
  return `${sum}${tables.join('')}`
}

function words(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'same':
      return 'same'
    case 'refused':
      return `refused: no ${cell(verdict.what)}`
    case 'fails':
      return `fails: ${verdict.code}`
    case 'both refuse':
      // Neo4j's code depends on its version, so the table doesn't show it.
      return 'both refuse it, with codes of their own'
    case 'differs':
      return `**differs**: ${code(verdict.embedded)} where Neo4j has ${code(verdict.neo4j)}`
  }
}

function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`'
  return `${ticks}${cell(text)}${ticks}`
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
}
