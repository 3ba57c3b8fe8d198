import { expect, it } from 'vitest'
import { Address } from '../values/address.ts'
import { EagerResult } from './eager-result.ts'
import { BoltRecord } from './record.ts'
import { ServerInfo } from './server-info.ts'
import { summaryOf } from './summary.ts'

const server = new ServerInfo({
  address: new Address(['localhost', 7687]),
  agent: 'Neo4j/5.26.0',
  protocolVersion: [5, 8],
  connectionId: 'bolt-1',
})
const summary = summaryOf({
  query: 'RETURN 1 AS n',
  parameters: {},
  metadata: {},
  server,
  gqlStatuses: true,
  hadRecords: true,
  hadKeys: true,
  pulled: true,
})
const eager = new EagerResult([new BoltRecord({ n: 1 })], summary, ['n'])

it('an EagerResult can be destructured by name', () => {
  const { records, summary: its, keys } = eager
  expect([records[0]?.get('n'), its, keys]).toEqual([1, summary, ['n']])
})

it('an EagerResult can be destructured by position: records, summary, keys', () => {
  const [records, its, keys] = eager
  expect(records).toBe(eager.records)
  expect(its).toBe(summary)
  expect(keys).toBe(eager.keys)
})

it('an EagerResult can be serialized as JSON', () => {
  expect(JSON.parse(JSON.stringify(eager))).toMatchObject({
    records: [{ n: 1 }],
    summary: { query: 'RETURN 1 AS n' },
    keys: ['n'],
  })
})
