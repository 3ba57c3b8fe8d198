import {
  AccessModeError,
  BoltlineClient,
  type BoltlineModuleOptions,
  ReadTransaction,
  Transactional,
  TransactionHost,
  UnexpectedRollbackError,
  WriteTransaction,
} from '@boltline/nestjs'
import { runInRollback } from '@boltline/nestjs/testing'
import { HttpException, Injectable } from '@nestjs/common'
import { beforeAll, expect, inject, it } from 'vitest'
import { Gate, Repository, reasonOf, start } from '../fixture.ts'

const { boltUri, user, password } = inject('neo4j')

@Injectable()
class Accounts extends Repository {
  deadlocks = 0
  attempts = 0

  /** Locks one node, waits until the other transaction has locked the second node, then locks that as well. */
  @Transactional()
  async transfer(from: number, to: number, meeting: () => Promise<void>): Promise<void> {
    this.attempts += 1
    await this.add(from, -10)
    if (this.host.current.attempt === 1) await meeting()
    await this.add(to, 10)
  }

  @WriteTransaction()
  async add(id: number, amount: number): Promise<void> {
    try {
      await this.neo.consume('MATCH (a:NestAccount {id: $id}) SET a.balance = a.balance + $amount', { id, amount })
    } catch (cause) {
      if (String((cause as { code?: unknown }).code).endsWith('DeadlockDetected')) this.deadlocks += 1
      throw new HttpException('could not be booked', 409, { cause })
    }
  }

  @ReadTransaction()
  async balances(): Promise<number[]> {
    const rows = await this.neo.all<{ balance: number }>(
      'MATCH (a:NestAccount) RETURN a.balance AS balance ORDER BY a.id',
    )
    return rows.map(({ balance }) => balance)
  }
}

async function accounts(options: Partial<BoltlineModuleOptions> = {}) {
  const { app, logged } = await start({ uri: boltUri, auth: [user, password], ...options }, { providers: [Accounts] })
  return { app, logged, accounts: app.get(Accounts), host: app.get(TransactionHost), neo: app.get(BoltlineClient) }
}

beforeAll(async () => {
  const { app, neo } = await accountsOnce()
  await neo.consume('MATCH (a:NestAccount) DETACH DELETE a')
  await neo.consume('UNWIND [1, 2] AS id CREATE (:NestAccount {id: id, balance: 100})')
  await app.close()
})

/** Outside of a test there is nothing that would close it. */
async function accountsOnce() {
  const { NestFactory } = await import('@nestjs/core')
  const { BoltlineModule } = await import('@boltline/nestjs')
  const module = BoltlineModule.forRoot({ uri: boltUri, auth: [user, password] })
  const app = await NestFactory.createApplicationContext(module, { logger: false })
  return { app, neo: app.get(BoltlineClient) }
}

it('retries deadlocks of two concurrent writers, however they are wrapped, and ends with the right sums', async () => {
  const { accounts: service, app } = await accounts()
  const met = new Gate()
  let arrived = 0
  const meeting = () => {
    arrived += 1
    if (arrived === 2) met.open()
    return met.opened
  }
  await Promise.all([service.transfer(1, 2, meeting), service.transfer(2, 1, meeting)])
  expect(service.deadlocks).toBeGreaterThanOrEqual(1)
  expect(service.attempts).toBe(2 + service.deadlocks)
  expect(await service.balances()).toEqual([100, 100])
  await app.close()
})

it('books each of many concurrent transfers once', async () => {
  const { accounts: service } = await accounts({ driver: { maxConnectionPoolSize: 5 } })
  const none = async () => undefined
  await Promise.all(Array.from({ length: 20 }, (_, at) => service.transfer(1 + (at % 2), 2 - (at % 2), none)))
  await service.transfer(1, 2, none)
  expect(await service.balances()).toEqual([90, 110])
  await service.transfer(2, 1, none)
})

it('commits nothing of a transaction in which a failure was swallowed', async () => {
  const { accounts: service, host } = await accounts()
  const swallowed = host.run({}, async () => {
    await service.add(1, 1_000)
    await host.run({}, () => Promise.reject(new Error('not valid'))).catch(() => undefined)
  })
  expect(await reasonOf(swallowed)).toBeInstanceOf(UnexpectedRollbackError)
  expect(await service.balances()).toEqual([100, 100])
})

it('keeps what requiresNew has done when the caller fails, and what afterCommit does comes after', async () => {
  const { accounts: service, host, neo } = await accounts()
  const seen: unknown[] = []
  const failing = host.run({}, async () => {
    await service.add(1, 1_000)
    await host.run({ propagation: 'requiresNew' }, async () => {
      await neo.consume('CREATE (:NestAccount {id: 3, balance: 0})')
      host.afterCommit(async () => seen.push(await service.balances()))
    })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  // The hook runs in the place of the outer transaction, which saw its own change.
  expect(seen).toEqual([[1_100, 100, 0]])
  expect(await service.balances()).toEqual([100, 100, 0])
  await neo.consume('MATCH (a:NestAccount {id: 3}) DELETE a')
})

it('refuses to write while reading: before the server would, and the server too', async () => {
  const { host, neo } = await accounts()
  const read = { mode: 'read' } as const
  expect(await reasonOf(host.run(read, () => neo.consume('CREATE (:NestAccount)')))).toBeInstanceOf(AccessModeError)
  const smuggled = host.run(read, () => neo.consume('CREATE (:NestAccount)', {}, read))
  expect(await reasonOf(smuggled)).toMatchObject({ name: expect.stringMatching(/Error|Forbidden/) })
})

it('leaves nothing behind of a test that runs in a rollback', async () => {
  const { accounts: service, host } = await accounts()
  const inside = await runInRollback(host, async () => {
    await service.add(1, 5)
    return service.balances()
  })
  expect(inside).toEqual([105, 100])
  expect(await service.balances()).toEqual([100, 100])
})

it('shows timeout and initiator to the server', async () => {
  const { host, neo } = await accounts({ transaction: { metadata: { app: 'nest-tests' } } })
  const rows = await host.run({ initiator: 'Accounts.audit', timeout: 60_000 }, () =>
    neo.all<{ metaData: unknown }>(
      'SHOW TRANSACTIONS YIELD metaData, currentQuery WHERE currentQuery STARTS WITH "SHOW"',
    ),
  )
  expect(rows.map(({ metaData }) => metaData)).toContainEqual({ initiator: 'Accounts.audit', app: 'nest-tests' })
})

it('creates and verifies a schema, aware of the edition', async () => {
  const schema = {
    constraints: [
      { name: 'nest_account_id', type: 'unique', label: 'NestAccount', properties: ['id'] },
      { name: 'nest_account_balance', type: 'exists', label: 'NestAccount', properties: ['balance'] },
    ],
    indexes: [{ name: 'nest_account_balance_index', label: 'NestAccount', properties: ['balance'] }],
  } as const
  const missing = await reasonOf(accounts({ schema: { apply: 'verify', ...schema } }))
  expect(String(missing)).toMatch(/CREATE CONSTRAINT nest_account_id/)
  const { neo, logged } = await accounts({ schema: { apply: 'create', ...schema } })
  expect(logged.own.join('\n')).toMatch(/Created in the database: nest_account_id/)
  const again = await accounts({ schema: { apply: 'verify', ...schema } })
  const duplicate = again.neo.consume('CREATE (:NestAccount {id: 1, balance: 0})')
  expect(await reasonOf(duplicate)).toMatchObject({ name: 'ConstraintError' })
  await neo.consume('DROP CONSTRAINT nest_account_id IF EXISTS')
  await neo.consume('DROP CONSTRAINT nest_account_balance IF EXISTS')
  await neo.consume('DROP INDEX nest_account_balance_index IF EXISTS')
})
