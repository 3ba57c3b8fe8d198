// Run by Jest over the compiled code, as an ES module: node --experimental-vm-modules node_modules/jest/bin/jest.js
import 'reflect-metadata'
import { provideNoopBoltline } from '@boltline/nestjs/testing'
import { expect, test } from '@jest/globals'
import { Test } from '@nestjs/testing'
import { OrdersService } from './dist/orders.service.js'

test('places orders without a database', async () => {
  const module = await Test.createTestingModule({
    providers: [OrdersService, ...provideNoopBoltline({ one: async () => ({ id: 'fake' }) })],
  }).compile()
  expect(await module.get(OrdersService).place('o-1')).toEqual({ id: 'fake' })
  await module.close()
})
