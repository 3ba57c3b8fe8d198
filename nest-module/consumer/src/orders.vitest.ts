// Run by vitest, from the source.
import 'reflect-metadata'
import { BoltlineTestingModule } from '@boltline/nestjs/testing'
import { Test } from '@nestjs/testing'
import { expect, it } from 'vitest'
import { OrdersService } from './orders.service.js'

it('places orders on a scripted server', async () => {
  const module = await Test.createTestingModule({
    imports: [
      BoltlineTestingModule.forScripted({
        script: (server) => server.when('CREATE (o:Order {id: $id}) RETURN o.id AS id').returns([{ id: 'o-1' }]),
      }),
    ],
    providers: [OrdersService],
  }).compile()
  expect(await module.get(OrdersService).place('o-1')).toEqual({ id: 'o-1' })
  await module.close()
})
