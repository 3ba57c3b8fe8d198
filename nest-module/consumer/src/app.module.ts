import { BoltlineExceptionFilter, BoltlineModule } from '@boltline/nestjs'
import { Body, Controller, Get, Module, Post } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { OrdersService } from './orders.service.js'

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  place(@Body() order: { id: string }): Promise<{ id: string }> {
    return this.orders.place(order.id)
  }

  @Get()
  all(): Promise<{ id: string }[]> {
    return this.orders.all()
  }
}

@Module({
  imports: [BoltlineModule.forRootAsync({ useFactory: () => ({ uri: process.env['NEO4J_URI'] }) })],
  controllers: [OrdersController],
  providers: [OrdersService, { provide: APP_FILTER, useClass: BoltlineExceptionFilter }],
})
export class AppModule {}
