/** The figures in the documents are those of bench/results.md. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quoting, readResults, withFigures } from '../../bench/figures.mjs'
import { rateTable, ratioTable } from '../../bench/report.mjs'
import { documents, root } from './documents.ts'

const MARK = /<!-- bench: (\w+) -->/

describe('The figures in the documents', () => {
  it.each(quoting)('are those of the last whole benchmark, or none: %s', (path) => {
    const text = readFileSync(join(root, path), 'utf8')
    expect(text).toMatch(MARK)
    expect(text).toBe(withFigures(path, text, readResults()))
  })

  it('are written in every document that has a place for them', () => {
    expect(documents.filter(([, text]) => MARK.test(text)).map(([path]) => path)).toEqual(quoting)
  })

  it('are medians, as the report of the benchmark has them', () => {
    const contestants = [
      { who: 'boltline', title: '@boltline/core' },
      { who: 'official', title: 'neo4j-driver' },
      { who: 'go', title: 'neo4j-go-driver' },
    ] as const
    const workload = { title: 'stream rows (7 columns), fetch size −1', unit: 'rows/s', goal: { official: 2 } }
    const rows = [
      {
        workload: workload as never,
        rates: {
          boltline: { median: 1_234_567, least: 1_000_000, most: 1_500_000 },
          official: { median: 617_000, least: 500_000, most: 700_000 },
        },
        costs: {},
        ratios: { official: { median: 2.04, least: 1.9, most: 2.1 } },
      },
    ]
    const results = [
      '- Machine: 2 × a processor, 8 GiB, Linux 6; load average at the start 0.1',
      '## Rates',
      rateTable(rows, contestants),
      '## Ratios',
      ratioTable(rows, contestants),
    ].join('\n\n')
    const page = (name: string) => `Before\n\n<!-- bench: ${name} -->\nold\n<!-- bench: end -->\nAfter`
    expect(withFigures('README.md', page('rates'), results)).toBe(
      `Before

<!-- bench: rates -->
| work | per second | @boltline/core | neo4j-driver | neo4j-go-driver |
| --- | --- | --- | --- | --- |
| stream rows (7 columns), fetch size −1 | rows | 1.23 M | 617,000 | — |

Medians, on 2 × a processor, 8 GiB, Linux 6. Spreads, versions and method: [results](bench/results.md).
<!-- bench: end -->
After`,
    )
    expect(withFigures('docs/performance.md', page('ratios'), results)).toContain(
      '| stream rows (7 columns), fetch size −1 | 2.0× | — |\n\nMedians, on 2 × a processor, 8 GiB, Linux 6. Spreads, versions and method: [results](../bench/results.md).',
    )
  })

  it('are not looked for under a name that the benchmark does not have', () => {
    expect(() => withFigures('README.md', '<!-- bench: speed -->\n<!-- bench: end -->', undefined)).toThrow('"speed"')
  })
})
