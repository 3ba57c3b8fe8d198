import { BoltlineClient } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'

export const TAKE = `
  MATCH (p:Product {sku: $sku}) WHERE p.stock >= $quantity
  SET p.stock = p.stock - $quantity
  RETURN p.stock AS left`

@Injectable()
export class StockRepository {
  constructor(private readonly neo4j: BoltlineClient) {}

  /** What is left; null where there is not enough, or no such product. */
  async take(sku: string, quantity: number): Promise<number | null> {
    const row = await this.neo4j.oneOrNull<{ left: number }>(TAKE, { sku, quantity })
    return row?.left ?? null
  }
}
