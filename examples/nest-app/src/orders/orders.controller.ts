import { randomUUID } from 'node:crypto'
import { Body, Controller, Get, Param, Post } from '@nestjs/common'
import type { Order } from './orders.repository.ts'
import { OrdersService } from './orders.service.ts'

@Controller('customers/:customer/orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  async place(
    @Param('customer') customer: string,
    @Body() { id = randomUUID(), sku, quantity }: { id?: string; sku: string; quantity: number },
  ) {
    const { left } = await this.orders.place({ id, customer, sku, quantity })
    return { id, left }
  }

  @Get()
  list(@Param('customer') customer: string): Promise<Order[]> {
    return this.orders.of(customer)
  }
}
