/**
 * Frames messages: chunks of at most 65,535 bytes, each preceded by its length, and an empty chunk at the end
 * (Bolt specification, "Message framing"). Works in place, on a buffer that has room for the frame.
 */

const largestChunk = 0xffff

/** The number of bytes before a message's first byte. */
export const frameHead = 2

/** The number of bytes that a frame needs after the start of a message of `length` bytes, beyond the message itself. */
export function frameTail(length: number): number {
  return length <= largestChunk ? 2 : Math.ceil(length / largestChunk) * 2
}

/** Makes a frame at `start` of a message of `length` bytes that stands `frameHead` bytes behind it. */
export function frameInPlace(buffer: Buffer, start: number, length: number): void {
  const first = start + frameHead
  const tail = frameTail(length)
  const end = first + length + tail
  buffer[end - 2] = 0
  buffer[end - 1] = 0
  if (length <= largestChunk) {
    buffer[start] = length >>> 8
    buffer[start + 1] = length & 0xff
    return
  }
  // From the last chunk to the first, so that nothing is overwritten before it has moved.
  for (let i = tail / 2 - 1; i >= 0; i--) {
    const from = first + i * largestChunk
    const size = Math.min(largestChunk, length - i * largestChunk)
    const to = from + i * 2
    if (i > 0) buffer.copyWithin(to, from, from + size)
    buffer.writeUInt16BE(size, to - 2)
  }
}

/** The buffer that messages are packed into. */
export interface FrameBuffer {
  readonly position: number
  readonly buffer: Buffer
  offset(position: number): number
  reserve(bytes: number): number
}

/** Makes a frame of the message packed since `start`, in front of which `frameHead` bytes were reserved. */
export function closeFrame(packed: FrameBuffer, start: number): void {
  const length = packed.position - start - frameHead
  packed.reserve(frameTail(length))
  frameInPlace(packed.buffer, packed.offset(start), length)
}
