import { BoltlineClient, ReadTransaction, Transactional, TransactionHost } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'

@Injectable()
export class OrdersService {
  readonly published: string[] = []

  constructor(
    private readonly neo: BoltlineClient,
    private readonly transactions: TransactionHost,
  ) {}

  @Transactional({ timeout: 5_000 })
  async place(id: string): Promise<{ id: string }> {
    this.transactions.afterCommit(() => this.published.push(id))
    return this.neo.one<{ id: string }>('CREATE (o:Order {id: $id}) RETURN o.id AS id', { id })
  }

  @ReadTransaction()
  all(): Promise<{ id: string }[]> {
    return this.neo.all<{ id: string }>('MATCH (o:Order) RETURN o.id AS id')
  }
}
