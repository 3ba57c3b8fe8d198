/** The server's side of the handshake: the classic offers and manifest v1. Bytes in, bytes out. */

import { type BoltVersion, boltVersions, findVersion } from '@boltline/core/codec'

const magic = [0x60, 0x60, 0xb0, 0x17]

export class ServerHandshake {
  #received = Buffer.alloc(0)
  #manifestSent = false

  /** Returns the bytes to answer, and the version once it is negotiated; `refused` when the client isn't Bolt or shares no version. */
  feed(bytes: Buffer): { answer: Uint8Array; version: BoltVersion | null; refused: boolean; rest: Buffer } {
    this.#received = Buffer.concat([this.#received, bytes])
    const nothing = { answer: new Uint8Array(0), version: null, refused: false, rest: Buffer.alloc(0) }
    if (!this.#manifestSent) {
      const known = magic.slice(0, this.#received.length)
      if (known.some((byte, i) => this.#received[i] !== byte)) return { ...nothing, refused: true }
      if (this.#received.length < 20) return nothing
      const offers = [4, 8, 12, 16].map((at) => this.#received.subarray(at, at + 4))
      this.#received = this.#received.subarray(20)
      for (const [, range, minor, major] of offers as unknown as [number, number, number, number][]) {
        if (range === 0 && minor === 1 && major === 0xff) {
          this.#manifestSent = true
          return { ...nothing, answer: manifest }
        }
        const version = newestIn(major, minor, range)
        if (version !== undefined) {
          return {
            answer: Uint8Array.of(0, 0, version.minor, version.major),
            version,
            refused: false,
            rest: this.#received,
          }
        }
      }
      return { ...nothing, answer: new Uint8Array(4), refused: true }
    }
    if (this.#received.length < 5) return nothing
    const [, , minor, major] = this.#received as unknown as [number, number, number, number]
    const version = findVersion(major, minor)
    const rest = this.#received.subarray(5)
    return version === undefined ? { ...nothing, refused: true } : { ...nothing, version, rest }
  }
}

function newestIn(major: number, minor: number, range: number): BoltVersion | undefined {
  return boltVersions.findLast((row) => row.major === major && row.minor <= minor && row.minor >= minor - range)
}

/** Manifest v1: contiguous version ranges, then an empty set of capabilities. */
const manifest = (() => {
  const ranges: number[][] = []
  for (const { major, minor } of boltVersions) {
    const last = ranges.at(-1)
    if (last !== undefined && last[3] === major && last[2] === minor - 1) {
      last[2] = minor
      last[1] = (last[1] as number) + 1
    } else ranges.push([0, 0, minor, major])
  }
  return Uint8Array.from([0, 0, 1, 0xff, ranges.length, ...ranges.flat(), 0])
})()
