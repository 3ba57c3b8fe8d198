import { ReadTransaction, Transactional, TransactionHost } from '@boltline/nestjs'
import { ConflictException, Injectable } from '@nestjs/common'
import { AuditLog } from '../audit/audit.log.ts'
import { type Order, OrdersRepository } from './orders.repository.ts'
import { StockRepository } from './stock.repository.ts'

@Injectable()
export class OrdersService {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly stock: StockRepository,
    private readonly audit: AuditLog,
    private readonly transactions: TransactionHost,
  ) {}

  /** Both repositories in one transaction: all or nothing, done again after a deadlock. */
  @Transactional({ timeout: 5_000 })
  async place(order: Order): Promise<{ left: number }> {
    const left = await this.stock.take(order.sku, order.quantity)
    if (left === null) throw new ConflictException(`There are not ${order.quantity} of ${order.sku}`)
    await this.orders.create(order)
    // Once, and only if it was committed: an attempt that is rolled back leaves nothing behind.
    this.transactions.afterCommit(() => this.audit.write(`order ${order.id}`))
    return { left }
  }

  @ReadTransaction()
  async of(customer: string): Promise<Order[]> {
    return this.orders.of(customer)
  }
}
