// The same application on the embedded graph, which runs Cypher: what is in the database afterwards?

import { GraphDatabase } from '@boltline/core'
import { startEmbedded } from '@boltline/embedded'
import { expect, it } from 'vitest'
import { Accounts, NotEnoughMoney } from '../src/accounts.ts'

it('moves money between accounts, and only what is there', async () => {
  await using graph = await startEmbedded()
  await graph.load("CREATE (:Account {id: 'ada', balance: 100}), (:Account {id: 'grace', balance: 0})")
  await using driver = GraphDatabase.driver(graph.uri)
  const accounts = new Accounts(driver)

  await accounts.transfer('ada', 'grace', 30)
  await expect(accounts.transfer('grace', 'ada', 31)).rejects.toBeInstanceOf(NotEnoughMoney)

  const { records } = await driver.executeQuery('MATCH (a:Account) RETURN a.id AS id, a.balance AS balance ORDER BY id')
  expect(records.map((record) => record.toObject())).toEqual([
    { id: 'ada', balance: 70 },
    { id: 'grace', balance: 30 },
  ])
})
