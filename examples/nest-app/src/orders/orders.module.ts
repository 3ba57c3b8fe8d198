import { BoltlineModule } from '@boltline/nestjs'
import { Module } from '@nestjs/common'
import { AuditModule } from '../audit/audit.module.ts'
import { OrdersController } from './orders.controller.ts'
import { OrdersRepository } from './orders.repository.ts'
import { OrdersService } from './orders.service.ts'
import { StockRepository } from './stock.repository.ts'

@Module({
  imports: [
    BoltlineModule.forFeature({
      repositories: [OrdersRepository, StockRepository],
      // What the repositories count on; created at the start, because the connection says `apply: 'create'`.
      schema: {
        constraints: [
          { name: 'order_id', type: 'unique', label: 'Order', properties: ['id'] },
          { name: 'product_sku', type: 'unique', label: 'Product', properties: ['sku'] },
        ],
      },
    }),
    AuditModule,
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class OrdersModule {}
