import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BoltProtocolError } from '../errors/index.ts'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { Address } from '../values/address.ts'
import { RoutingTable } from './routing-table.ts'

let time: ManualClock
let restore: () => void
beforeEach(() => {
  time = new ManualClock(5000)
  restore = useClock(time)
})
afterEach(() => restore())

const raw = (overrides: object = {}) => ({
  ttl: 300,
  db: 'movies',
  servers: [
    { role: 'ROUTE', addresses: ['a:1', 'b:2', 'a:1'] },
    { role: 'READ', addresses: ['b:2', '[::1]:3'] },
    { role: 'WRITE', addresses: ['a:1'] },
    { role: 'DANCE', addresses: ['c:9'] },
  ],
  ...overrides,
})
const names = (addresses: readonly Address[]) => addresses.map(String)

describe('a routing table', () => {
  it('is read from what the server sent, without duplicates', () => {
    const table = RoutingTable.parse(raw(), null)
    expect(table.database).toBe('movies')
    expect([names(table.routers), names(table.readers), names(table.writers)]).toEqual([
      ['a:1', 'b:2'],
      ['b:2', '[::1]:3'],
      ['a:1'],
    ])
    expect([table.ttl, table.expiresAt, table.leaderless]).toEqual([300_000, 305_000, false])
  })

  it('is for the requested database when the server names none', () => {
    expect(RoutingTable.parse(raw({ db: undefined }), 'asked').database).toBe('asked')
  })

  it('uses the default port for an address without one', () => {
    const table = RoutingTable.parse(raw({ servers: [{ role: 'READ', addresses: ['db.example'] }] }), null)
    expect(names(table.readers)).toEqual(['db.example:7687'])
  })

  it('is fresh for a mode until it expires, while it has a router and a server for the mode', () => {
    const table = RoutingTable.parse(raw(), null)
    expect([table.isFreshFor('READ'), table.isFreshFor('WRITE')]).toEqual([true, true])
    table.forgetWriter(Address.parse('a:1'))
    expect([table.isFreshFor('READ'), table.isFreshFor('WRITE')]).toEqual([true, false])
    time.tick(300_000)
    expect(table.isFreshFor('READ')).toBe(false)
    const routerless = RoutingTable.parse(raw(), null)
    for (const router of routerless.routers) routerless.forgetRouter(router)
    expect(routerless.isFreshFor('READ')).toBe(false)
  })

  it('is outdated half a minute after it expires', () => {
    const table = RoutingTable.parse(raw(), null)
    time.tick(330_000)
    expect(table.outdated).toBe(false)
    time.tick(1)
    expect(table.outdated).toBe(true)
  })

  it('accepts a ttl of any size or sign', () => {
    expect(RoutingTable.parse(raw({ ttl: 2 ** 62 }), null).isFreshFor('READ')).toBe(true)
    expect(RoutingTable.parse(raw({ ttl: 9223372036854775807n }), null).isFreshFor('READ')).toBe(true)
    expect(RoutingTable.parse(raw({ ttl: -1 }), null).isFreshFor('READ')).toBe(false)
  })

  it('removes a server from every role', () => {
    const table = RoutingTable.parse(raw(), null)
    expect(table.has(Address.parse('b:2'))).toBe(true)
    table.forget(Address.parse('b:2'))
    expect(table.has(Address.parse('b:2'))).toBe(false)
    expect([names(table.routers), names(table.readers)]).toEqual([['a:1'], ['[::1]:3']])
  })

  it('is refused when its list of servers, addresses or ttl have the wrong type', () => {
    const broken = [
      {},
      raw({ servers: 'none' }),
      raw({ servers: [null] }),
      raw({ servers: [{ role: 'READ', addresses: [7] }] }),
      raw({ ttl: 'long' }),
    ]
    for (const table of broken) expect(() => RoutingTable.parse(table, null)).toThrow(BoltProtocolError)
  })

  it('ignores malformed addresses and lists them in omissions', () => {
    const odd = [
      'user:pw@evil:7687',
      'h:65536',
      'h:-1',
      '[::1',
      '',
      ':7687',
      '[]:7687',
      'two words:7687',
      'line\nbreak:7687',
      'http://h:7687',
      'h:port',
    ]
    const table = RoutingTable.parse(raw({ servers: [{ role: 'READ', addresses: [...odd, 'good:1', '::1'] }] }), null)
    expect(names(table.readers)).toEqual(['good:1', '[::1]:7687'])
    const [omission] = table.omissions
    expect(omission).toMatch(/^addresses that can't be read: "user:pw@evil:7687" \(/)
    expect(omission).toMatch(/and 1 more$/)
    expect(omission).toContain('"line\\nbreak:7687"')
    expect(RoutingTable.parse(raw(), null).omissions).toEqual([])
  })

  it('is refused when none of its addresses can be read', () => {
    const table = raw({ servers: [{ role: 'READ', addresses: ['[::1'] }] })
    expect(() => RoutingTable.parse(table, null)).toThrow(BoltProtocolError)
    expect(() => RoutingTable.parse(table, null)).toThrow(/none of its addresses can be read: "\[::1"/)
  })

  it('reads at most 1,000 addresses of a role and counts the others in omissions', () => {
    const addresses = Array.from({ length: 100_000 }, (_, i) => `server-${i}:7687`)
    const table = RoutingTable.parse(raw({ servers: [{ role: 'WRITE', addresses }] }), null)
    expect(table.writers.length).toBe(1000)
    expect(table.omissions).toEqual(['99,000 addresses for WRITE beyond the first 1000'])
  })

  it('shows only the start of a very long malformed address', () => {
    const addresses = ['a'.repeat(70_000), 'good:1']
    const { omissions } = RoutingTable.parse(raw({ servers: [{ role: 'READ', addresses }] }), null)
    expect(omissions[0]).toMatch(/a…" \(it has 70000 characters\)$/)
    expect(omissions[0]?.length).toBeLessThan(200)
  })
})
