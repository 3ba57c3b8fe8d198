import { BoltlineClient, NoTransactionError, TransactionForbiddenError, TransactionHost } from '@boltline/nestjs'
import { expect, it } from 'vitest'
import { endings, reasonOf, scripted, start } from './fixture.ts'

async function parts() {
  const server = await scripted()
  server.when(/^RETURN/).returns([{ x: 1 }])
  const { app } = await start({ uri: server.uri, startup: { mode: 'lazy' } })
  return { server, host: app.get(TransactionHost), client: app.get(BoltlineClient) }
}

it('joins the open transaction by default, and opens one where there is none', async () => {
  const { server, host, client } = await parts()
  await host.run({}, async () => {
    const outer = host.current
    await host.run({}, async () => {
      expect(host.current).toBe(outer)
      await client.one('RETURN 1 AS x')
    })
    await client.one('RETURN 1 AS x')
  })
  expect(endings(server)).toEqual(['begin', 'commit'])
})

it('gives requiresNew a connection and a commit of its own', async () => {
  const { server, host, client } = await parts()
  const failing = host.run({}, async () => {
    const outer = host.current
    await client.one('RETURN 1 AS x')
    await host.run({ propagation: 'requiresNew' }, async () => {
      expect(host.current).not.toBe(outer)
      await client.one('RETURN 1 AS x')
    })
    expect(host.current).toBe(outer)
    throw new Error('outer')
  })
  await expect(failing).rejects.toThrow('outer')
  expect(endings(server)).toEqual(['begin', 'begin', 'commit', 'rollback'])
})

it('refuses mandatory without a transaction and never within one, before anything is sent', async () => {
  const { server, host } = await parts()
  expect(await reasonOf(host.run({ propagation: 'mandatory' }, () => 1))).toBeInstanceOf(NoTransactionError)
  expect(await host.run({ propagation: 'never' }, () => 1)).toBe(1)
  const refused = host.run({}, () => host.run({ propagation: 'never' }, () => 1))
  expect(await reasonOf(refused)).toBeInstanceOf(TransactionForbiddenError)
  expect(await host.run({}, () => host.run({ propagation: 'mandatory' }, () => 2))).toBe(2)
  expect(server.calls).toEqual([])
})

it('lets supports take part in a transaction or run without, and notSupported always run without', async () => {
  const { server, host, client } = await parts()
  const inside = () => host.currentOrUndefined
  expect(await host.run({ propagation: 'supports' }, inside)).toBeUndefined()
  await host.run({}, async () => {
    expect(await host.run({ propagation: 'supports' }, inside)).toBe(host.current)
    await host.run({ propagation: 'notSupported' }, async () => {
      expect(inside()).toBeUndefined()
      await client.one('RETURN 1 AS x')
    })
    await host.runOutside(() => client.one('RETURN 1 AS x'))
    expect(inside()).toBe(host.current)
  })
  // The two queries ran in transactions of their own, inside of the first one's time.
  expect(endings(server)).toEqual(['begin', 'begin', 'commit', 'begin', 'commit', 'commit'])
})

it('refuses nested, with the reason', async () => {
  const { host } = await parts()
  await expect(host.run({ propagation: 'nested' as 'never' }, () => 1)).rejects.toThrow(/no savepoints.*requiresNew/)
  await expect(host.run({ propagation: 'requirednew' as 'never' }, () => 1)).rejects.toThrow(/'requiresNew'/)
})

it('refuses requiresNew that could never get a connection, at once', async () => {
  const server = await scripted()
  const { app } = await start({ uri: server.uri, driver: { maxConnectionPoolSize: 1 } })
  const host = app.get(TransactionHost)
  const nested = host.run({}, () => host.run({ propagation: 'requiresNew' }, () => 1))
  await expect(nested).rejects.toThrow(/hold all 1 connections/)
})

it('has one transaction for each connection, which know nothing of each other', async () => {
  const server = await scripted()
  const { app } = await start({ uri: server.uri })
  const other = await start({ uri: server.uri })
  const host = app.get(TransactionHost)
  const otherHost = other.app.get(TransactionHost)
  await host.run({}, async () => {
    expect(otherHost.currentOrUndefined).toBeUndefined()
    await otherHost.run({}, () => expect(otherHost.current).not.toBe(host.current))
  })
})
