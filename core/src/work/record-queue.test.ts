import { describe, expect, it } from 'vitest'
import { RecordQueue } from './record-queue.ts'

function queueOf(count: number): RecordQueue {
  const queue = new RecordQueue()
  for (let i = 0; i < count; i++) queue.push([i])
  return queue
}

describe('a queue of records', () => {
  it('gives them in the order in which they came, one by one, while more come', () => {
    const queue = new RecordQueue()
    const given: unknown[] = []
    let pushed = 0
    // Always some more than are taken, so that the list gets long before it is empty.
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

  it('hands over a list of exactly what is there, batch after batch, however large the last one was', () => {
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

  it('gives a part of them, and keeps the rest', () => {
    const queue = queueOf(10)
    expect(queue.take(3)).toEqual([[0], [1], [2]])
    expect(queue.take(0)).toEqual([])
    expect(queue.shift()).toEqual([3])
    expect(queue.take(100)).toEqual([[4], [5], [6], [7], [8], [9]])
  })

  it('forgets what it is told to forget', () => {
    const queue = queueOf(10)
    queue.shift()
    queue.clear()
    expect([queue.length, queue.shift(), queue.peek()]).toEqual([0, undefined, undefined])
    queue.push(['new'])
    expect(queue.take(2)).toEqual([['new']])
  })
})
