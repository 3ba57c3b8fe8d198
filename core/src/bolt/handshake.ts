/**
 * The handshake, which negotiates the Bolt version. Takes and returns bytes; uses no socket and no clock.
 *
 * The opening offers the manifest first (Bolt specification, "Handshake, manifest v1") and ranges for servers that don't
 * know it. Answers may arrive in any fragmentation. If the server does not speak Bolt, the error names what answered instead.
 */

import { ServiceUnavailable } from '../errors/index.ts'
import { type BoltVersion, boltVersions, findVersion, versionName } from './versions.ts'

/** The outcome of a handshake. */
export interface Agreement {
  readonly version: BoltVersion
  /** Bytes to send before the first message; empty after a classic answer. */
  readonly reply: Uint8Array
  /** The number of bytes received after the handshake. A server sends none before HELLO, so any are a protocol error. */
  readonly surplus: number
}

const magic = [0x60, 0x60, 0xb0, 0x17]
const manifestOffer = [0x00, 0x00, 0x01, 0xff]
const mostRanges = 256
const longestVarint = 5

export class Handshake {
  /** The bytes that open a connection. */
  readonly opening: Uint8Array
  readonly #accepted: readonly BoltVersion[]
  readonly #peer: string
  #received: Uint8Array = new Uint8Array(0)

  /** Offers `accepted` (by default every version of this driver) to the server called `peer` in errors. */
  constructor(peer: string, accepted: readonly BoltVersion[] = boltVersions) {
    this.#peer = peer
    this.#accepted = accepted
    this.opening = openingOf(accepted)
  }

  /** Takes received bytes. Returns the agreement as soon as it is complete, throws if none is possible. */
  feed(bytes: Uint8Array): Agreement | null {
    const received = new Uint8Array(this.#received.length + bytes.length)
    received.set(this.#received)
    received.set(bytes, this.#received.length)
    this.#received = received
    if (received.length < 4) return null
    const [a, b, c, d] = received as unknown as readonly [number, number, number, number]
    if (a === 0 && b === 0 && c === 1 && d === 0xff) return this.#manifest(received)
    if (a === 0 && b === 0 && c === 0 && d === 0) throw this.#noCommonVersion('none of the versions offered')
    const version = a === 0 && b === 0 ? this.#accepted.find((row) => row.major === d && row.minor === c) : undefined
    if (version === undefined) throw notBolt(received, this.#peer)
    return { version, reply: new Uint8Array(0), surplus: received.length - 4 }
  }

  /** The error for a connection that ended during the handshake. */
  ended(encrypted = false): ServiceUnavailable {
    if (this.#received.length > 0) return notBolt(this.#received, this.#peer)
    const likely = encrypted
      ? 'demand a client certificate that it trusts (clientCertificate)'
      : 'require encryption (try bolt+s:// or neo4j+s://)'
    return new ServiceUnavailable(
      `${this.#peer} closed the connection during the Bolt handshake without an answer. The server may ${likely}, may not speak Bolt on this port, or is starting up`,
    )
  }

  /** The error for a server that stayed silent until the time was over. */
  timedOut(ms: number): ServiceUnavailable {
    const found = this.#received.length === 0 ? 'sent nothing' : `sent only ${describe(this.#received)}`
    return new ServiceUnavailable(
      `${this.#peer} accepted the connection but ${found} in reply to the Bolt handshake within ${Math.round(ms)} ms (connectionAcquisitionTimeout). Check that this is a Bolt port (7687 by default), not a proxy or another service, and that encryption matches: a server that expects TLS stays silent on a plain connection`,
    )
  }

  #manifest(received: Uint8Array): Agreement | null {
    const count = this.#number(received, 4)
    if (count === null) return null
    if (count.value > mostRanges) throw this.#malformed(`claims ${count.value} version ranges`)
    const end = count.next + count.value * 4
    if (received.length < end) return null
    const capabilities = this.#number(received, end)
    if (capabilities === null) return null
    const ranges: string[] = []
    let best: BoltVersion | undefined
    for (let at = count.next; at < end; at += 4) {
      const range = received[at + 1] as number
      const minor = received[at + 2] as number
      const major = received[at + 3] as number
      ranges.push(range === 0 ? `${major}.${minor}` : `${major}.${minor} to ${major}.${minor - range}`)
      // The list is in no particular order.
      for (const row of this.#accepted) {
        if (row.major === major && row.minor <= minor && row.minor >= minor - range && newer(row, best)) best = row
      }
    }
    if (best === undefined) throw this.#noCommonVersion(ranges.join(', ') || 'no version at all')
    const reply = Uint8Array.of(0, 0, best.minor, best.major, 0)
    return { version: best, reply, surplus: received.length - capabilities.next }
  }

  #number(received: Uint8Array, start: number): { value: number; next: number } | null {
    const number = varint(received, start)
    if (number === undefined) throw this.#malformed('has a number without end')
    return number
  }

  #noCommonVersion(theirs: string): ServiceUnavailable {
    const ours = this.#accepted.map(versionName).join(', ')
    return new ServiceUnavailable(
      `${this.#peer} and this driver have no Bolt version in common: the server speaks ${theirs}, the driver offered ${ours}. Use a server of Neo4j 4.1 or newer, or widen protocolVersions`,
    )
  }

  #malformed(what: string): ServiceUnavailable {
    return new ServiceUnavailable(
      `${this.#peer} sent a malformed Bolt handshake: its manifest ${what}. Is this a Bolt server?`,
    )
  }
}

function openingOf(accepted: readonly BoltVersion[]): Uint8Array {
  const offers: number[][] = [manifestOffer]
  const ranges = rangesOf(accepted)
  // Every server of major version 6 knows the manifest, so the range of 6 is dropped if there are too many ranges.
  offers.push(...ranges.slice(Math.max(0, ranges.length - 3)))
  while (offers.length < 4) offers.push([0, 0, 0, 0])
  return Uint8Array.from([...magic, ...offers.flat()])
}

/**
 * Ranges for the classic handshake, newest major first. A range may include 5.5, which no server speaks. Servers of 4.1 don't
 * understand ranges, so 4.1 is offered on its own.
 */
function rangesOf(accepted: readonly BoltVersion[]): number[][] {
  const ranges: number[][] = []
  const newestFirst = [...accepted].reverse()
  for (const row of newestFirst) {
    const open = ranges.at(-1)
    const oldest = open === undefined ? -1 : (open[2] as number) - (open[1] as number)
    const alone = row.major === 4 && row.minor === 1
    const follows = !alone && open?.[3] === row.major && oldest - row.minor <= gapBelow(row)
    if (open !== undefined && follows) open[1] = (open[2] as number) - row.minor
    else ranges.push([0, 0, row.minor, row.major])
  }
  return ranges
}

function gapBelow(row: BoltVersion): number {
  const withdrawn = findVersion(row.major, row.minor + 1) === undefined
  return withdrawn ? 2 : 1
}

function newer(row: BoltVersion, than: BoltVersion | undefined): boolean {
  return than === undefined || row.major > than.major || (row.major === than.major && row.minor > than.minor)
}

/** Reads a base-128 number, least significant group first; null while bytes are missing, undefined if it is too long. */
function varint(bytes: Uint8Array, start: number): { value: number; next: number } | null | undefined {
  let value = 0
  for (let i = 0; i < longestVarint; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: start + i + 1 }
  }
  return undefined
}

function notBolt(received: Uint8Array, peer: string): ServiceUnavailable {
  const text = Buffer.from(received.subarray(0, 5)).toString('latin1')
  if (text.startsWith('HTTP')) {
    return new ServiceUnavailable(
      `${peer} answered with HTTP: this is not a Bolt port. Neo4j serves HTTP on 7474 and Bolt on 7687 by default; use the Bolt port`,
    )
  }
  if (received[0] === 0x15 || received[0] === 0x16) {
    return new ServiceUnavailable(
      `${peer} answered with TLS: it expects an encrypted connection. Use bolt+s:// or neo4j+s:// (bolt+ssc:// or neo4j+ssc:// for self-signed certificates)`,
    )
  }
  return new ServiceUnavailable(
    `${peer} does not speak Bolt: it answered the handshake with ${describe(received)}. Check host and port (Bolt's default port is 7687) and whether a proxy stands in between`,
  )
}

function describe(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 8))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ')
  return `${bytes.length} byte${bytes.length === 1 ? '' : 's'} (${shown}${bytes.length > 8 ? ' …' : ''})`
}
