import { describe, expect, it } from 'vitest'
import { RecordQueue } from './record-queue.ts'

function queueOf(count: number): RecordQueue {
  const queue = new RecordQueue()
  for (let i = 0; i < count; i++) queue.push([i])
  return queue
}

describe('a queue of records', () => {
  it('returns records in the order of their arrival while more arrive', () => {
    const queue = new RecordQueue()
    const given: unknown[] = []
    let pushed = 0
    // More records arrive than are taken, so that the list grows before it is emptied.
    for (let round = 0; round < 5_000; round++) {
      queue.push([pushed++])
      if (round % 3 === 0) queue.push([pushed++])
      expect(queue.peek()).toEqual([given.length])
      given.push(queue.shift()?.[0])
      expect(queue.length).toBe(pushed - given.length)
    }
    while (queue.length > 0) given.push(queue.shift()?.[0])
    expect(given).toEqual(Array.from({ length: pushed }, (_, i) => i))
    expect([queue.shift(), queue.peek(), queue.take(1)]).toEqual([undefined, undefined, []])
  })

  it('returns a list of exactly the queued records, whatever the size of the last batch', () => {
    const queue = new RecordQueue()
    for (const size of [1, 1_000, 10, 9_000, 1, 0, 1_000]) {
      for (let i = 0; i < size; i++) queue.push([i])
      const taken = queue.take(Number.POSITIVE_INFINITY)
      expect(taken.length).toBe(size)
      expect(taken.every(([i], at) => i === at)).toBe(true)
      expect(queue.length).toBe(0)
      queue.push(['next'])
      expect(taken.length).toBe(size)
      expect(queue.take(5)).toEqual([['next']])
    }
  })

  it('returns a part of the records and keeps the rest', () => {
    const queue = queueOf(10)
    expect(queue.take(3)).toEqual([[0], [1], [2]])
    expect(queue.take(0)).toEqual([])
    expect(queue.shift()).toEqual([3])
    expect(queue.take(100)).toEqual([[4], [5], [6], [7], [8], [9]])
  })

  it('is empty after clear()', () => {
    const queue = queueOf(10)
    queue.shift()
    queue.clear()
    expect([queue.length, queue.shift(), queue.peek()]).toEqual([0, undefined, undefined])
    queue.push(['new'])
    expect(queue.take(2)).toEqual([['new']])
  })
})
