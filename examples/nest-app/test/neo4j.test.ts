// The application as it is, on a real Neo4j: `NEO4J_URI=… NEO4J_PASSWORD=… npm run test:neo4j`.

import { BoltlineClient } from '@boltline/nestjs'
import { Test } from '@nestjs/testing'
import { expect, it } from 'vitest'
import { AppModule } from '../src/app.module.ts'

it('creates its constraints, takes from the stock, refuses what is not there, and lists', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile()
  const app = module.createNestApplication({ logger: false })
  await app.listen(0)
  try {
    const url = `${await app.getUrl()}/customers/Ada/orders`
    const neo4j = app.get(BoltlineClient)
    await neo4j.consume("MERGE (p:Product {sku: 'bike'}) SET p.stock = 3")
    const place = (id: string, quantity: number) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, sku: 'bike', quantity }),
      })
    expect(await (await place('o-1', 2)).json()).toEqual({ id: 'o-1', left: 1 })
    expect((await place('o-2', 2)).status).toBe(409)
    expect((await place('o-1', 1)).status).toBe(409)
    expect(await (await fetch(url)).json()).toEqual([{ id: 'o-1', customer: 'Ada', sku: 'bike', quantity: 2 }])
    expect(await neo4j.one('MATCH (p:Product) RETURN p.stock AS stock')).toEqual({ stock: 1 })
  } finally {
    await app.close()
  }
})
