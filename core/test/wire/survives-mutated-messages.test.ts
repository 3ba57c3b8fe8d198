import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { generator } from '../../../tools/testing/random.mjs'
import { Connection } from '../../src/bolt/connection.ts'
import { commit, pull, run } from '../../src/bolt/requests.ts'
import type { Metadata, Refusal, ResponseHandler } from '../../src/bolt/responses.ts'
import { findVersion } from '../../src/bolt/versions.ts'
import { createLogs } from '../../src/diagnostics/log.ts'
import { Address, isDriverError, isNeo4jError } from '../../src/index.ts'
import type { Transport } from '../../src/transport/transport.ts'

const folder = new URL('./captures/', import.meta.url)
const mutations = process.env['BOLTLINE_SOAK'] === '1' ? 100_000 : 10_000

/** What real servers sent to a client that asked for every kind of value, by Bolt version. */
const captures = readdirSync(folder)
  .filter((name) => name.endsWith('.hex'))
  .map((name) => {
    const [major, minor] = name.slice('bolt-'.length, -'.hex'.length).split('.').map(Number) as [number, number]
    const version = findVersion(major, minor)
    if (version === undefined) throw new Error(`${name} is of no known version`)
    return { name, version, bytes: Buffer.from(readFileSync(new URL(name, folder), 'utf8').replace(/\s/g, ''), 'hex') }
  })

class Script implements Transport {
  readonly peer = 'script'
  readonly localAddress = undefined
  readonly remoteAddress = undefined
  readonly secure = false
  onData: Transport['onData'] = () => undefined
  onClose: Transport['onClose'] = () => undefined
  destroyed = false
  write(): void {
    // The script doesn't listen.
  }
  pause(): void {
    // Nothing flows by itself.
  }
  resume(): void {
    // Nothing flows by itself.
  }
  ref(): void {
    // There is no handle.
  }
  unref(): void {
    // There is no handle.
  }
  end(): void {
    this.destroyed = true
  }
  destroy(): void {
    this.destroyed = true
  }
}

class Witness implements ResponseHandler {
  readonly integers = 'number'
  records = 0
  endings = 0
  errors: unknown[] = []
  record(fields: unknown[]): void {
    if (!Array.isArray(fields)) throw new Error('a record without a list of fields')
    this.records++
  }
  success(metadata: Metadata): void {
    if (typeof metadata !== 'object') throw new Error('a summary without metadata')
    this.endings++
  }
  refused(_how: Refusal, error: Error | null): void {
    this.endings++
    if (error !== null) this.errors.push(error)
  }
}

/** STRING_32, LIST_32, MAP_32, BYTES_32 and a reserved one. */
const largeMarkers = [0xd2, 0xd6, 0xda, 0xce, 0xdf]

function mutated(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes)
  const at = () => Math.floor(random() * result.length)
  for (let i = 1 + Math.floor(random() * 4); i > 0 && result.length > 2; i--) {
    const place = at()
    switch (Math.floor(random() * 6)) {
      case 0:
        result[place] = Math.floor(random() * 256)
        break
      case 1:
        result[place] = (result[place] as number) ^ (1 << Math.floor(random() * 8))
        break
      case 2:
        result = result.subarray(0, place)
        break
      case 3:
        result = Buffer.concat([result.subarray(0, place), result.subarray(place + 1 + Math.floor(random() * 8))])
        break
      case 4: {
        const extra = Buffer.from(
          Array.from({ length: 1 + Math.floor(random() * 8) }, () => Math.floor(random() * 256)),
        )
        result = Buffer.concat([result.subarray(0, place), extra, result.subarray(place)])
        break
      }
      default:
        // A marker that claims more than there is.
        Buffer.from([largeMarkers[Math.floor(random() * largeMarkers.length)] as number, 0x7f, 0xff, 0xff, 0xff]).copy(
          result,
          place,
        )
    }
  }
  return result
}

function play(version: (typeof captures)[number]['version'], bytes: Buffer, cut: (left: number) => number): Witness[] {
  const script = new Script()
  const connection = new Connection(script, {
    address: new Address(['script', 7687]),
    version,
    routed: false,
    busyPollTime: 0,
    probeAfter: Number.POSITIVE_INFINITY,
    log: createLogs().io,
  })
  if (version.utc) connection.agreeOnUtc()
  const witnesses: Witness[] = []
  for (let i = 0; i < 30; i++) {
    for (const request of [run(version, 'RETURN 1', {}, null), pull(-1, -1), commit]) {
      const witness = new Witness()
      witnesses.push(witness)
      connection.send(request, witness)
    }
  }
  connection.flush()
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(cut(bytes.length - at), bytes.length - at)
    const piece = Buffer.from(bytes.subarray(at, at + size))
    script.onData(piece, size)
    at += size
  }
  script.onClose(null)
  expect(connection.open).toBe(false)
  return witnesses
}

describe('A server that sends damaged messages', () => {
  it('is understood as long as nothing is damaged', () => {
    for (const { name, version, bytes } of captures) {
      const witnesses = play(version, bytes, () => 1400)
      const records = witnesses.reduce((sum, witness) => sum + witness.records, 0)
      const answered = witnesses.filter((witness) => witness.errors.every((error) => isNeo4jError(error)))
      expect(records, name).toBeGreaterThanOrEqual(9)
      expect(answered.length, name).toBeGreaterThan(15)
    }
  })

  it('neither hangs nor crashes the driver, and every request gets one named answer', () => {
    const random = generator(20261122)
    for (let i = 0; i < mutations; i++) {
      const capture = captures[i % captures.length] as (typeof captures)[number]
      const bytes = mutated(capture.bytes, random)
      const cut = i % 3 === 0 ? (left: number) => left : () => 1 + Math.floor(random() * 700)
      for (const { endings, errors } of play(capture.version, bytes, cut)) {
        if (endings !== 1) throw new Error(`mutation ${i}: a request was answered ${endings} times`)
        for (const error of errors) {
          if (!isDriverError(error) && !isNeo4jError(error)) throw new Error(`mutation ${i}`, { cause: error })
        }
      }
    }
  }, 600_000)
})
