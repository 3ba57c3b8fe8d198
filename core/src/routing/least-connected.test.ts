import { expect, it } from 'vitest'
import { Address } from '../values/address.ts'
import { LeastConnected } from './least-connected.ts'

const addresses = ['a:1', 'b:1', 'c:1'].map((text) => Address.parse(text))

it('LeastConnected chooses the server with the fewest connections in use', () => {
  const load = new Map([
    ['a:1', 3],
    ['b:1', 1],
    ['c:1', 2],
  ])
  const balance = new LeastConnected((address) => load.get(address.toString()) ?? 0)
  for (let i = 0; i < 5; i++) expect(balance.choose(addresses)?.toString()).toBe('b:1')
})

it('LeastConnected alternates between servers with equal load', () => {
  const balance = new LeastConnected(() => 0)
  const chosen = Array.from({ length: 6 }, () => balance.choose(addresses)?.host)
  expect(chosen).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

it('LeastConnected chooses undefined when there are no servers', () => {
  expect(new LeastConnected(() => 0).choose([])).toBeUndefined()
})

it('LeastConnected peeks at the same server until its turn ends', () => {
  const balance = new LeastConnected(() => 0)
  expect([balance.peek(addresses)?.host, balance.peek(addresses)?.host]).toEqual(['a', 'a'])
  balance.endTurn(addresses)
  expect(balance.choose(addresses)?.host).toBe('b')
})
