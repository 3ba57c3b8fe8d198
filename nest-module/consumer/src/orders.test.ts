// Run by node:test, over the compiled code.
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { provideNoopBoltline } from '@boltline/nestjs/testing'
import { Test } from '@nestjs/testing'
import { OrdersService } from './orders.service.js'

test('places orders without a database', async () => {
  const module = await Test.createTestingModule({
    providers: [OrdersService, ...provideNoopBoltline({ one: async () => ({ id: 'fake' }) as never })],
  }).compile()
  const orders = module.get(OrdersService)
  assert.deepEqual(await orders.place('o-1'), { id: 'fake' })
  assert.deepEqual(orders.published, ['o-1'])
  await module.close()
})
