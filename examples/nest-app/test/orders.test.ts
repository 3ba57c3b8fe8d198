// The whole application over HTTP, its two connections on scripted servers.

import { type Driver, GraphDatabase } from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { transactionalOptionsOf } from '@boltline/nestjs'
import { overrideBoltline } from '@boltline/nestjs/testing'
import type { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppModule } from '../src/app.module.ts'
import { WRITE_ENTRY } from '../src/audit/audit.log.ts'
import { CREATE_ORDER, ORDERS_OF } from '../src/orders/orders.repository.ts'
import { OrdersService } from '../src/orders/orders.service.ts'
import { TAKE } from '../src/orders/stock.repository.ts'

let shop: ScriptedServer
let audit: ScriptedServer
let drivers: Driver[]
let app: INestApplication
let url: string

beforeEach(async () => {
  shop = await startScripted()
  audit = await startScripted()
  shop.when(TAKE).returns([{ left: 3 }])
  shop.when(CREATE_ORDER).returns([])
  audit.when(WRITE_ENTRY).returns([])
  drivers = [shop, audit].map(({ uri }) => GraphDatabase.driver(uri))
  const [ofShop, ofAudit] = drivers as [Driver, Driver]
  const builder = Test.createTestingModule({ imports: [AppModule] })
  // A scripted server has no schema to look at.
  overrideBoltline(builder, ofShop, { schema: { apply: 'off' } })
  const module = await overrideBoltline(builder, ofAudit, 'audit').compile()
  app = module.createNestApplication({ logger: false })
  await app.listen(0)
  url = await app.getUrl()
})
afterEach(async () => {
  await app.close()
  for (const driver of drivers) await driver.close()
  await shop.close()
  await audit.close()
})

const place = (body: object) =>
  fetch(`${url}/customers/Ada/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const endings = () => shop.events.map(({ type }) => type).filter((type) => type === 'commit' || type === 'rollback')
const entries = () => audit.calls.map(({ parameters }) => parameters)

describe('Placing an order', () => {
  it('takes from the stock and creates the order in one transaction, and tells the audit log afterwards', async () => {
    const answer = await place({ id: 'o-1', sku: 'bike', quantity: 2 })
    expect([answer.status, await answer.json()]).toEqual([201, { id: 'o-1', left: 3 }])
    expect(shop.calls.map(({ query }) => query)).toEqual([TAKE, CREATE_ORDER])
    expect(endings()).toEqual(['commit'])
    await vi.waitFor(() => expect(entries()).toEqual([{ what: 'order o-1' }]))
  })

  it('is done again after a deadlock, and audited once', async () => {
    shop.when(CREATE_ORDER).fails('Neo.TransientError.Transaction.DeadlockDetected').returns([])
    expect((await place({ id: 'o-2', sku: 'bike', quantity: 2 })).status).toBe(201)
    expect(endings().at(-1)).toBe('commit')
    await vi.waitFor(() => expect(entries()).toEqual([{ what: 'order o-2' }]))
  })

  it('changes nothing where there is not enough', async () => {
    shop.when(TAKE).returns([], { keys: ['left'] })
    expect((await place({ sku: 'bike', quantity: 99 })).status).toBe(409)
    expect(endings()).toEqual(['rollback'])
    expect(entries()).toEqual([])
  })

  it('answers 409 where the id is taken, without a word about the query', async () => {
    shop.when(CREATE_ORDER).fails('Neo.ClientError.Schema.ConstraintValidationFailed', { message: 'secret details' })
    const answer = await place({ id: 'o-1', sku: 'bike', quantity: 1 })
    expect(answer.status).toBe(409)
    expect(await answer.text()).not.toContain('secret details')
  })
})

describe('The orders of a customer', () => {
  it('are read where reads go', async () => {
    shop.when(ORDERS_OF).returns([{ id: 'o-1', customer: 'Ada', sku: 'bike', quantity: 2 }])
    const orders = await (await fetch(`${url}/customers/Ada/orders`)).json()
    expect(orders).toEqual([{ id: 'o-1', customer: 'Ada', sku: 'bike', quantity: 2 }])
    expect(shop.calls[0]?.mode).toBe('READ')
  })
})

describe('The application', () => {
  it('has not lost the decorator of what has to be one transaction', () => {
    expect(transactionalOptionsOf(OrdersService.prototype.place)).toMatchObject({ timeout: 5_000 })
  })

  it('is alive without its database, and not ready', async () => {
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await shop.close()
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), 5_000)
  })
})
