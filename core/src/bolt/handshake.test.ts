import { describe, expect, it } from 'vitest'
import { ServiceUnavailable } from '../errors/index.ts'
import { type Agreement, Handshake } from './handshake.ts'
import { boltVersions, findVersion, versionName } from './versions.ts'

const manifest526 = '000001ff030004040400040405000208050 0'.replace(/ /g, '')
const manifest2026 = '000001ff0400040404000404050002080500010106' + '00'

function answer(hex: string, handshake = new Handshake('server:7687')): Agreement | null {
  return handshake.feed(Buffer.from(hex, 'hex'))
}

describe('The handshake', () => {
  it('offers the manifest first, then ranges for every version', () => {
    expect(Buffer.from(new Handshake('x').opening).toString('hex')).toBe(
      '6060b017' + '000001ff' + '00080805' + '00020404' + '00000104',
    )
  })

  it('takes the newest version of an unsorted manifest and answers with it', () => {
    const old = answer(manifest526)
    expect(versionName(old?.version ?? boltVersions[0]!)).toBe('5.8')
    expect(Buffer.from(old?.reply ?? []).toString('hex')).toBe('0000080500')
    const recent = answer(manifest2026)
    expect(versionName(recent?.version ?? boltVersions[0]!)).toBe('6.1')
  })

  it('understands an answer that comes byte by byte', () => {
    const handshake = new Handshake('x')
    const bytes = Buffer.from(manifest2026, 'hex')
    let agreement: Agreement | null = null
    for (const byte of bytes) {
      expect(agreement).toBeNull()
      agreement = handshake.feed(Uint8Array.of(byte))
    }
    expect(agreement?.version.minor).toBe(1)
    expect(agreement?.surplus).toBe(0)
  })

  it('accepts a classic answer for every version it offers', () => {
    for (const { major, minor } of boltVersions) {
      const agreement = new Handshake('x').feed(Uint8Array.of(0, 0, minor, major))
      expect(agreement?.version).toBe(findVersion(major, minor))
      expect(agreement?.reply.length).toBe(0)
    }
  })

  it('offers only the accepted versions', () => {
    const only = boltVersions.filter((row) => versionName(row) === '5.4')
    expect(Buffer.from(new Handshake('x', only).opening).toString('hex')).toBe(
      '6060b017000001ff000004050000000000000000',
    )
    expect(() => answer('00000805', new Handshake('x', only))).toThrow(ServiceUnavailable)
    expect(versionName(answer(manifest526, new Handshake('x', only))!.version)).toBe('5.4')
  })

  it('never agrees on the withdrawn version 5.5', () => {
    expect(() => answer('00000505')).toThrow(ServiceUnavailable)
    expect(findVersion(5, 5)).toBeUndefined()
  })

  it('names what answered if the server does not speak Bolt', () => {
    const cases: [string, RegExp][] = [
      [Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'), /HTTP.*7474/],
      ['15030100020228', /TLS.*bolt\+s/],
      ['deadbeef', /does not speak Bolt.*de ad be ef/],
      ['00000000', /no Bolt version in common.*6\.1/],
      ['000001ff0100010a0900', /server speaks 9\.10 to 9\.9/],
      ['000001ffffffffffff', /manifest has a number without end/],
      ['000001ffff7f', /claims \d+ version ranges/],
    ]
    for (const [hex, message] of cases) expect(() => answer(hex), hex).toThrow(message)
  })

  it('has an error for a connection that ends and for one that stays silent', () => {
    expect(new Handshake('a:1').ended().message).toMatch(/a:1 closed the connection.*encryption/)
    expect(new Handshake('a:1').timedOut(50).message).toMatch(/sent nothing.*50 ms/)
  })
})
