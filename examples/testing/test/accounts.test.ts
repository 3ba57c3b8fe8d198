// The application talks to a server that says what each test wants: no mocks, and faults that a real server won't have on demand.

import { type Driver, GraphDatabase, IncompleteCommit } from '@boltline/core'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Accounts, BALANCE, DEPOSIT, NotEnoughMoney, UnknownAccount } from '../src/accounts.ts'

let server: ScriptedServer
let driver: Driver
let accounts: Accounts

beforeEach(async () => {
  server = await startScripted()
  server.when(BALANCE).returns([], { keys: ['balance'] })
  server.when(BALANCE, { id: 'ada' }).returns([{ balance: 100 }])
  server.when(BALANCE, { id: 'grace' }).returns([{ balance: 0 }])
  server.when(DEPOSIT).returns([])
  driver = GraphDatabase.driver(server.uri)
  accounts = new Accounts(driver)
})
afterEach(async () => {
  await driver.close()
  await server.close()
})

const deposits = () => server.calls.filter(({ query }) => query === DEPOSIT).map(({ parameters }) => parameters)
const endings = () => server.events.map(({ type }) => type).filter((type) => type === 'commit' || type === 'rollback')

describe('A transfer', () => {
  it('takes from one account and gives to the other, in one transaction', async () => {
    await accounts.transfer('ada', 'grace', 30)
    expect(deposits()).toEqual([
      { id: 'ada', amount: -30 },
      { id: 'grace', amount: 30 },
    ])
    expect(endings()).toEqual(['commit'])
  })

  it('changes nothing when there is not enough money', async () => {
    await expect(accounts.transfer('grace', 'ada', 1)).rejects.toBeInstanceOf(NotEnoughMoney)
    expect(deposits()).toEqual([])
    expect(endings()).toEqual(['rollback'])
  })

  it('changes nothing when an account is unknown', async () => {
    await expect(accounts.transfer('ada', 'unknown', 1)).rejects.toBeInstanceOf(UnknownAccount)
    expect(deposits()).toEqual([])
  })

  it('is done again after a deadlock', async () => {
    server
      .when(DEPOSIT, { id: 'grace', amount: 30 })
      .fails('Neo.TransientError.Transaction.DeadlockDetected')
      .returns([])
    await accounts.transfer('ada', 'grace', 30)
    expect(deposits()).toHaveLength(4)
    expect(endings().at(-1)).toBe('commit')
  })

  it('is not done again when the answer to its commit is lost', async () => {
    server.onCommit().drops()
    await expect(accounts.transfer('ada', 'grace', 30)).rejects.toBeInstanceOf(IncompleteCommit)
    expect(deposits()).toHaveLength(2)
  })
})
