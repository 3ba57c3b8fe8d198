import { BoltlineClient } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'

export interface Order {
  readonly id: string
  readonly customer: string
  readonly sku: string
  readonly quantity: number
}

export const CREATE_ORDER = `
  MATCH (p:Product {sku: $sku})
  MERGE (c:Customer {name: $customer})
  CREATE (c)-[:PLACED]->(o:Order {id: $id, quantity: $quantity})-[:OF]->(p)`

export const ORDERS_OF = `
  MATCH (:Customer {name: $customer})-[:PLACED]->(o:Order)-[:OF]->(p:Product)
  RETURN o.id AS id, $customer AS customer, p.sku AS sku, o.quantity AS quantity
  ORDER BY id`

/** Takes part in whatever transaction its caller has opened; alone, each query is a transaction of its own. */
@Injectable()
export class OrdersRepository {
  constructor(private readonly neo4j: BoltlineClient) {}

  async create(order: Order): Promise<void> {
    await this.neo4j.consume(CREATE_ORDER, { ...order })
  }

  of(customer: string): Promise<Order[]> {
    return this.neo4j.all<Order>(ORDERS_OF, { customer }, { mode: 'read' })
  }
}
