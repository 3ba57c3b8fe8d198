// The application: accounts and transfers between them.

import type { Driver, ManagedTransaction } from '@boltline/core'

export const BALANCE = 'MATCH (a:Account {id: $id}) RETURN a.balance AS balance'
export const DEPOSIT = 'MATCH (a:Account {id: $id}) SET a.balance = a.balance + $amount'

export class NotEnoughMoney extends Error {
  override name = 'NotEnoughMoney'
}

export class UnknownAccount extends Error {
  override name = 'UnknownAccount'
}

export class Accounts {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  /** @throws UnknownAccount, NotEnoughMoney; nothing is changed then */
  async transfer(from: string, to: string, amount: number): Promise<void> {
    await using session = this.#driver.session()
    await session.executeWrite(async (tx) => {
      const [available] = await Promise.all([balanceOf(tx, from), balanceOf(tx, to)])
      if (available < amount) throw new NotEnoughMoney(`${from} has ${available}, not ${amount}`)
      await tx.run(DEPOSIT, { id: from, amount: -amount })
      await tx.run(DEPOSIT, { id: to, amount })
    })
  }
}

async function balanceOf(tx: ManagedTransaction, id: string): Promise<number> {
  const record = await tx.run<{ balance: number }>(BALANCE, { id }).first()
  if (record === null) throw new UnknownAccount(id)
  return record.get('balance')
}
