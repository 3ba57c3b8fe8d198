import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Queue, type Queued } from './queue.ts'

class Item implements Queued<Item> {
  queue: Queue<Item> | null = null
  before: Item | null = null
  behind: Item | null = null
}

it('a queue behaves like an array from which any item can be removed', () => {
  const step = fc.oneof(fc.constant('push' as const), fc.nat({ max: 20 }))
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new Queue<Item>()
      const model: Item[] = []
      for (const action of steps) {
        if (action === 'push') {
          const item = new Item()
          queue.push(item)
          model.push(item)
        } else if (model.length > 0) {
          const [item] = model.splice(action % model.length, 1)
          if (item !== undefined) queue.remove(item)
          expect(item?.queue).toBe(null)
        }
        expect([...queue]).toEqual(model)
        expect([queue.size, queue.first, queue.last]).toEqual([model.length, model[0] ?? null, model.at(-1) ?? null])
        expect(model.every((item) => item.queue === queue)).toBe(true)
      }
    }),
  )
})

it('a queue can be iterated while its items are removed', () => {
  const queue = new Queue<Item>()
  for (let i = 0; i < 5; i++) queue.push(new Item())
  let walked = 0
  for (const item of queue) {
    queue.remove(item)
    walked += 1
  }
  expect([walked, queue.size]).toEqual([5, 0])
})
