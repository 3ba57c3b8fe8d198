import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boltVersions, versionName } from '../bolt/versions.ts'
import { BoltProtocolError } from '../errors/index.ts'
import { Address } from '../values/address.ts'
import { ServerInfo } from './server-info.ts'
import { type SummarySource, summaryOf } from './summary.ts'

const server = new ServerInfo({
  address: new Address(['127.0.0.1', 7687]),
  agent: 'Neo4j/5.26.0',
  protocolVersion: [5, 8],
  connectionId: 'bolt-1',
})

function summary(metadata: SummarySource['metadata'], rest: Partial<SummarySource> = {}) {
  const outcome = { hadRecords: true, hadKeys: true, pulled: true }
  return summaryOf({ query: 'RETURN 1', parameters: {}, server, gqlStatuses: true, ...outcome, metadata, ...rest })
}

const v54 = { gqlStatuses: false } as const

describe('a summary', () => {
  it('has query, parameters, type, database, server and timings', () => {
    const parameters = { x: 1 }
    const it = summary({ type: 'rw', db: 'movies', t_first: 3, t_last: 4n }, { parameters })
    expect(it.query).toBe('RETURN 1')
    expect(it.parameters).toBe(parameters)
    expect(it.queryType).toBe('rw')
    expect(it.database).toBe('movies')
    expect(it.server).toBe(server)
    expect(it.resultAvailableAfter).toBe(3)
    expect(it.resultConsumedAfter).toBe(4)
  })

  it('has null for metadata that the server did not send', () => {
    const it = summary({})
    expect(it.queryType).toBeNull()
    expect(it.database).toBeNull()
    expect(it.plan).toBeNull()
    expect(it.profile).toBeNull()
    expect(it.notifications).toBeNull()
    expect(it.summaryNotifications).toEqual([])
    expect(it.resultAvailableAfter).toBeNull()
    expect(it.resultConsumedAfter).toBeNull()
    expect(it.counters.containsUpdates).toBe(false)
  })

  it('rejects an unknown query type', () => {
    for (const type of ['r', 'rw', 'w', 's', null, undefined]) expect(summary({ type }).queryType).toBe(type ?? null)
    expect(() => summary({ type: 'wr' })).toThrow(BoltProtocolError)
    expect(() => summary({ type: 'wr' })).toThrow(/'wr'.*'r', 'rw', 'w' and 's'/)
    expect(() => summary({ type: 5 })).toThrow(/type 5;/)
  })

  it('parses each part once', () => {
    const it = summary({ plan: { operatorType: 'X' }, profile: { operatorType: 'X' }, statuses: [] })
    for (const key of [
      'counters',
      'plan',
      'profile',
      'notifications',
      'summaryNotifications',
      'gqlStatusObjects',
    ] as const)
      expect(it[key]).toBe(it[key])
  })

  it('converts to JSON with the names of its properties', () => {
    const json = JSON.parse(JSON.stringify(summary({ type: 'r', db: 'neo4j', t_first: 1 }, { parameters: { n: 1n } })))
    expect(json).toMatchObject({
      query: 'RETURN 1',
      parameters: { n: 1 },
      queryType: 'r',
      database: 'neo4j',
      plan: null,
    })
    expect(json).toMatchObject({ server: { address: '127.0.0.1:7687', protocolVersion: [5, 8] } })
    expect(json.counters.nodesCreated).toBe(0)
    expect(json.gqlStatusObjects[0].gqlStatus).toBe('00000')
  })

  it('prints the names of the parameters and not their values', () => {
    const text = inspect(
      summary({ type: 'r', plan: { operatorType: 'Top' } }, { parameters: { password: 'hush', n: 42 } }),
    )
    expect(text).toMatch(/^ResultSummary \{/)
    expect(text).toContain('RETURN 1')
    expect(text).toContain('parameters: { password: …, n: … }')
    expect(text).toContain('Top')
    for (const options of [{ depth: null }, { showHidden: true }, { customInspect: false }])
      expect(inspect(summary({}, { parameters: { password: 'hush' } }), options)).not.toContain('hush')
    expect(inspect({ a: { b: summary({}) } }, { depth: 1 })).toBe('{ a: { b: [ResultSummary] } }')
  })

  it('does not throw for malformed metadata of the server', () => {
    const keys = ['stats', 'plan', 'profile', 'notifications', 'statuses', 'db', 't_first', 't_last'] as const
    const inner = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.array(
        fc.record(
          {
            severity: fc.anything(),
            position: fc.anything(),
            neo4j_code: fc.anything(),
            gql_status: fc.anything(),
            diagnostic_record: fc.anything(),
          },
          { requiredKeys: [] },
        ),
      ),
    )
    const metadata = fc.record(Object.fromEntries(keys.map((key) => [key, inner])), { requiredKeys: [] })
    fc.assert(
      fc.property(metadata, fc.boolean(), (garbage, isOld) => {
        const it = summary(garbage, isOld ? v54 : {})
        for (const status of it.gqlStatusObjects) {
          expect(typeof status.gqlStatus).toBe('string')
          expect(['WARNING', 'INFORMATION', 'UNKNOWN']).toContain(status.severity)
          expect(status.diagnosticRecord).toHaveProperty('OPERATION_CODE')
        }
        for (const notification of it.summaryNotifications) expect(typeof notification.title).toBe('string')
        for (const count of Object.values(it.counters)) expect(['number', 'boolean']).toContain(typeof count)
        for (const figure of [it.resultAvailableAfter, it.resultConsumedAfter]) expect(figure ?? 0).toBeTypeOf('number')
        expect([it.plan, it.profile].every((plan) => plan === null || Array.isArray(plan.children))).toBe(true)
      }),
    )
  })
})

describe('counters', () => {
  const names = {
    'nodes-created': 'nodesCreated',
    'nodes-deleted': 'nodesDeleted',
    'relationships-created': 'relationshipsCreated',
    'relationships-deleted': 'relationshipsDeleted',
    'properties-set': 'propertiesSet',
    'labels-added': 'labelsAdded',
    'labels-removed': 'labelsRemoved',
    'indexes-added': 'indexesAdded',
    'indexes-removed': 'indexesRemoved',
    'constraints-added': 'constraintsAdded',
    'constraints-removed': 'constraintsRemoved',
  } as const

  it('are 0 if the server reports nothing', () => {
    const { containsUpdates, containsSystemUpdates, ...counts } = summary({}).counters
    expect([containsUpdates, containsSystemUpdates]).toEqual([false, false])
    expect(Object.keys(counts).sort()).toEqual([...Object.values(names), 'systemUpdates'].sort())
    expect(new Set(Object.values(counts))).toEqual(new Set([0]))
  })

  it('have the figures of the server and derive containsUpdates from them', () => {
    for (const [key, name] of Object.entries(names)) {
      const { counters } = summary({ stats: { [key]: 1234 } })
      expect(counters[name]).toBe(1234)
      expect(counters.containsUpdates).toBe(true)
      expect(counters.containsSystemUpdates).toBe(false)
    }
  })

  it('count system updates separately', () => {
    const { counters } = summary({ stats: { 'system-updates': 2n } })
    expect(counters).toMatchObject({ systemUpdates: 2, containsUpdates: false, containsSystemUpdates: true })
  })

  it("prefer the server's own contains-updates", () => {
    const flags = { 'contains-updates': false, 'contains-system-updates': false }
    const { counters } = summary({ stats: { 'nodes-created': 1, 'system-updates': 1, ...flags } })
    expect(counters).toMatchObject({ nodesCreated: 1, containsUpdates: false, containsSystemUpdates: false })
    expect(summary({ stats: { 'contains-updates': true } }).counters.containsUpdates).toBe(true)
    expect(summary({ stats: { 'contains-system-updates': true } }).counters.containsSystemUpdates).toBe(true)
  })
})

describe('plans and profiles', () => {
  const scan = {
    operatorType: 'NodeByLabelScan@neo4j',
    identifiers: ['n'],
    args: { Details: 'n:X', EstimatedRows: 10.0 },
  }
  const top = { operatorType: 'ProduceResults@neo4j', identifiers: ['n'], args: { planner: 'COST', Id: 2n } }

  it('show operators as a tree, with empty children at the leaves', () => {
    expect(summary({ plan: { ...top, children: [scan] } }).plan).toEqual({
      ...top,
      args: { planner: 'COST', Id: 2 },
      children: [{ ...scan, children: [] }],
    })
  })

  it('add the figures that the server measured', () => {
    const figures = { dbHits: 1, rows: 2n, pageCacheHits: 3, pageCacheMisses: 4, pageCacheHitRatio: 0.5, time: 6 }
    const { profile, plan } = summary({ profile: { ...top, dbHits: 0, rows: 1, children: [{ ...scan, ...figures }] } })
    expect(profile).toEqual({
      ...top,
      args: { planner: 'COST', Id: 2 },
      dbHits: 0,
      rows: 1,
      children: [{ ...scan, ...figures, rows: 2, children: [] }],
    })
    expect(plan).toBeNull()
    expect(profile?.pageCacheHits).toBeUndefined()
  })
})

const position = { line: 1, column: 9, offset: 8 }
const cartesian = {
  code: 'Neo.ClientNotification.Statement.CartesianProduct',
  title: 'This query builds a cartesian product.',
  description: 'If a part of a query contains …',
  severity: 'INFORMATION',
  category: 'PERFORMANCE',
  position,
}
const deprecated = { ...cartesian, title: 'Deprecated.', severity: 'WARNING', category: 'DEPRECATION' }

describe('notifications of servers before Bolt 5.6', () => {
  it('are returned as the server sent them', () => {
    expect(summary({ notifications: [cartesian] }, v54).notifications).toEqual([cartesian])
    expect(summary({ notifications: [] }, v54).notifications).toEqual([])
    expect(summary({}, v54).notifications).toBeNull()
    expect(summary({ statuses: [{ gql_status: '01N00', neo4j_code: 'X' }] }, v54).notifications).toBeNull()
  })

  it('are available in validated form', () => {
    expect(summary({ notifications: [cartesian] }, v54).summaryNotifications).toEqual([
      {
        title: cartesian.title,
        code: cartesian.code,
        description: cartesian.description,
        severityLevel: 'INFORMATION',
        category: 'PERFORMANCE',
        rawSeverityLevel: 'INFORMATION',
        rawCategory: 'PERFORMANCE',
        position,
      },
    ])
  })

  it('fall back to UNKNOWN, empty strings and -1, and keep the raw values', () => {
    const odd = [{ severity: 'PANIC', category: 'MISC', position: { line: 2 } }, { position: {} }]
    const [one, other] = summary({ notifications: odd }, v54).summaryNotifications
    expect(one).toEqual({
      title: '',
      code: '',
      description: '',
      severityLevel: 'UNKNOWN',
      category: 'UNKNOWN',
      rawSeverityLevel: 'PANIC',
      rawCategory: 'MISC',
      position: { line: 2, column: -1, offset: -1 },
    })
    expect(other).toMatchObject({ rawSeverityLevel: '', rawCategory: '', position: null })
  })

  it('are converted to GQL statuses', () => {
    const [outcome, info] = summary({ notifications: [cartesian] }, v54).gqlStatusObjects
    expect(outcome?.gqlStatus).toBe('00000')
    expect(info).toEqual({
      gqlStatus: '03N42',
      statusDescription: cartesian.description,
      isNotification: true,
      severity: 'INFORMATION',
      rawSeverity: 'INFORMATION',
      classification: 'PERFORMANCE',
      rawClassification: 'PERFORMANCE',
      position,
      diagnosticRecord: {
        OPERATION: '',
        OPERATION_CODE: '0',
        CURRENT_SCHEMA: '/',
        _severity: 'INFORMATION',
        _classification: 'PERFORMANCE',
        _position: position,
      },
    })
  })

  it('are converted to statuses with general descriptions if they have none', () => {
    const bare = [{ severity: 'WARNING' }, { severity: 'PANIC', description: '' }, {}]
    const statuses = summary({ notifications: bare }, v54).gqlStatusObjects
    expect(
      statuses.map(({ gqlStatus, statusDescription, rawSeverity }) => [gqlStatus, statusDescription, rawSeverity]),
    ).toEqual([
      ['01N42', 'warn: unknown warning', 'WARNING'],
      ['00000', 'note: successful completion', null],
      ['03N42', 'info: unknown notification', 'PANIC'],
      ['03N42', 'info: unknown notification', null],
    ])
    expect(Object.keys(statuses[3]?.diagnosticRecord ?? {})).toEqual(['OPERATION', 'OPERATION_CODE', 'CURRENT_SCHEMA'])
  })
})

describe('the outcome on servers before Bolt 5.6', () => {
  const outcome = (hadRecords: boolean, hadKeys: boolean, pulled: boolean) =>
    summary({ notifications: [cartesian, deprecated] }, { ...v54, hadRecords, hadKeys, pulled }).gqlStatusObjects

  it('is derived from records, columns and PULL, and placed in the order of the standard', () => {
    const codes = (...args: [boolean, boolean, boolean]) => outcome(...args).map(({ gqlStatus }) => gqlStatus)
    expect(codes(true, true, true)).toEqual(['01N42', '00000', '03N42'])
    expect(codes(false, false, true)).toEqual(['01N42', '00001', '03N42'])
    expect(codes(false, true, true)).toEqual(['02000', '01N42', '03N42'])
    expect(codes(false, true, false)).toEqual(['02N42', '01N42', '03N42'])
  })

  it('has the description of the standard and is not a notification', () => {
    expect(outcome(false, true, false)[0]).toEqual({
      gqlStatus: '02N42',
      statusDescription: 'note: no data - unknown subcondition',
      isNotification: false,
      severity: 'UNKNOWN',
      rawSeverity: null,
      classification: 'UNKNOWN',
      rawClassification: null,
      position: null,
      diagnosticRecord: { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/' },
    })
    expect(outcome(false, false, true)[1]?.statusDescription).toBe('note: successful completion - omitted result')
    expect(outcome(false, true, true)[0]?.statusDescription).toBe('note: no data')
  })

  it('keeps the order of the notifications within a class', () => {
    const numbered = [1, 2, 3, 4].map((n) => ({ ...(n % 2 ? deprecated : cartesian), description: `${n}` }))
    const statuses = summary({ notifications: numbered }, v54).gqlStatusObjects
    expect(statuses.map(({ statusDescription }) => statusDescription)).toEqual([
      '1',
      '3',
      'note: successful completion',
      '2',
      '4',
    ])
  })
})

describe('statuses of servers from Bolt 5.6 on', () => {
  const success = { gql_status: '00000', status_description: 'note: successful completion' }
  const warning = {
    gql_status: '01N50',
    status_description: 'warn: label does not exist.',
    neo4j_code: 'Neo.ClientNotification.Statement.UnknownLabelWarning',
    title: 'The provided label is not in the database.',
    description: 'One of the labels …',
    diagnostic_record: { _severity: 'WARNING', _classification: 'UNRECOGNIZED', _position: position, extra: 1n },
  }

  it('keep the order of the server and get the defaults of the diagnostic record', () => {
    const statuses = summary({ statuses: [warning, success] }, { hadRecords: false }).gqlStatusObjects
    expect(statuses.map(({ gqlStatus }) => gqlStatus)).toEqual(['01N50', '00000'])
    expect(statuses[0]).toEqual({
      gqlStatus: '01N50',
      statusDescription: 'warn: label does not exist.',
      isNotification: true,
      severity: 'WARNING',
      rawSeverity: 'WARNING',
      classification: 'UNRECOGNIZED',
      rawClassification: 'UNRECOGNIZED',
      position,
      diagnosticRecord: {
        OPERATION: '',
        OPERATION_CODE: '0',
        CURRENT_SCHEMA: '/',
        _severity: 'WARNING',
        _classification: 'UNRECOGNIZED',
        _position: position,
        extra: 1,
      },
    })
    expect(statuses[1]?.isNotification).toBe(false)
  })

  it('keep the values of the diagnostic record, also null and unexpected types', () => {
    const record = { OPERATION: null, OPERATION_CODE: { a: 1 }, CURRENT_SCHEMA: false, _severity: null }
    const [status] = summary({ statuses: [{ ...warning, diagnostic_record: record }] }).gqlStatusObjects
    expect(status?.diagnosticRecord).toEqual(record)
    expect(status).toMatchObject({ severity: 'UNKNOWN', rawSeverity: null, classification: 'UNKNOWN', position: null })
  })

  it('are converted to notifications in the older form', () => {
    expect(summary({ statuses: [success, warning] }).notifications).toEqual([
      {
        code: warning.neo4j_code,
        title: warning.title,
        description: warning.description,
        severity: 'WARNING',
        category: 'UNRECOGNIZED',
        position,
      },
    ])
    expect(summary({ statuses: [success] }).notifications).toEqual([])
    expect(summary({ statuses: [success, warning] }).summaryNotifications).toMatchObject([
      { severityLevel: 'WARNING', category: 'UNRECOGNIZED', position },
    ])
  })

  it('are derived from the outcome if the server sends none', () => {
    expect(summary({}).gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual(['00000'])
    expect(summary({}, { hadRecords: false }).gqlStatusObjects[0]?.gqlStatus).toBe('02000')
  })

  it('are read only from Bolt versions that have them', () => {
    const withStatuses = boltVersions.filter(({ gqlStatuses }) => gqlStatuses).map(versionName)
    expect(withStatuses).toEqual(['5.6', '5.7', '5.8', '6.0', '6.1'])
    expect(summary({ statuses: [warning] }).gqlStatusObjects).toHaveLength(1)
  })
})

describe('ServerInfo', () => {
  it('has the properties of the server and is frozen', () => {
    expect(server).toMatchObject({ agent: 'Neo4j/5.26.0', protocolVersion: [5, 8], connectionId: 'bolt-1' })
    expect(String(server.address)).toBe('127.0.0.1:7687')
    expect(Object.isFrozen(server) && Object.isFrozen(server.protocolVersion)).toBe(true)
    expect(JSON.parse(JSON.stringify(server))).toEqual({
      address: '127.0.0.1:7687',
      agent: 'Neo4j/5.26.0',
      protocolVersion: [5, 8],
      connectionId: 'bolt-1',
    })
  })
})
