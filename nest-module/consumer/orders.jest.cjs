// The form of Jest that needs Node 24.9 or newer, because Jest has a loader of its own: require() of an ES module.
require('reflect-metadata')
const { provideNoopBoltline } = require('@boltline/nestjs/testing')
const { Test } = require('@nestjs/testing')
const { OrdersService } = require('./dist/orders.service.js')

test('places orders without a database', async () => {
  const module = await Test.createTestingModule({
    providers: [OrdersService, ...provideNoopBoltline({ one: async () => ({ id: 'fake' }) })],
  }).compile()
  expect(await module.get(OrdersService).place('o-1')).toEqual({ id: 'fake' })
  await module.close()
})
