import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoltProtocolError } from '../errors/index.ts'
import { frameHead, frameInPlace, frameTail } from './chunk.ts'
import { Dechunker } from './dechunk.ts'

function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(frameHead + message.length + frameTail(message.length), 0xaa)
  message.copy(frame, frameHead)
  frameInPlace(frame, 0, message.length)
  return frame
}

function collect(limit = 1 << 26): { dechunker: Dechunker; messages: Buffer[] } {
  const messages: Buffer[] = []
  const dechunker = new Dechunker(
    { message: (buffer, start, end) => messages.push(Buffer.from(buffer.subarray(start, end))) },
    limit,
  )
  return { dechunker, messages }
}

describe('Framing', () => {
  it('splits messages at 65,535 bytes and puts them together again', () => {
    for (const length of [1, 2, 65_534, 65_535, 65_536, 131_070, 131_071, 1_000_000]) {
      const message = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff))
      const frame = framed(message)
      expect(frame.length).toBe(length + 2 * Math.ceil(length / 65_535) + 2)
      const { dechunker, messages } = collect()
      dechunker.feed(frame, frame.length)
      expect(messages.length).toBe(1)
      expect(messages[0]?.equals(message)).toBe(true)
    }
  })

  it('finds the same messages however the bytes are cut, with NOOPs in between', () => {
    const message = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (sent, chunks, cuts) => {
          const parts: Buffer[] = []
          for (const bytes of sent) {
            if (bytes.length % 3 === 0) parts.push(Buffer.from([0, 0]))
            for (let at = 0; at < bytes.length; ) {
              const size = Math.min(chunks.next().value as number, bytes.length - at)
              parts.push(Buffer.from([0, size]), bytes.subarray(at, at + size))
              at += size
            }
            parts.push(Buffer.from([0, 0]))
          }
          const stream = Buffer.concat(parts)
          const { dechunker, messages } = collect()
          for (let at = 0; at < stream.length; ) {
            const size = Math.min(cuts.next().value as number, stream.length - at)
            const piece = Buffer.from(stream.subarray(at, at + size))
            dechunker.feed(piece, size)
            // The network's buffer is used again: nothing may point into it.
            piece.fill(0xee)
            at += size
          }
          expect(messages.map((m) => m.toString('hex'))).toEqual(sent.map((m) => m.toString('hex')))
        },
      ),
    )
  })

  it('refuses a message that never ends', () => {
    const { dechunker } = collect(1000)
    const endless = Buffer.concat([Buffer.from([0x00, 0xff]), Buffer.alloc(255)])
    expect(() => {
      for (let i = 0; i < 10; i++) dechunker.feed(endless, endless.length)
    }).toThrow(BoltProtocolError)
  })

  it('hands nothing on once it was stopped', () => {
    const messages: number[] = []
    const dechunker: Dechunker = new Dechunker(
      {
        message: () => {
          messages.push(1)
          dechunker.stop()
        },
      },
      1000,
    )
    const two = Buffer.concat([framed(Buffer.from([1])), framed(Buffer.from([2]))])
    dechunker.feed(two, two.length)
    expect(messages.length).toBe(1)
  })
})
