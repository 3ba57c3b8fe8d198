import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { GraphDatabase, IncompleteCommit, type Session, type Transaction } from '../../src/index.ts'
import { rejectionOf } from '../support/rejection.ts'

const constraint = 'Neo.ClientError.Schema.ConstraintValidationFailed'

interface Ended {
  readonly how: string
  /** Makes a transaction and has it end. */
  readonly end: (session: Session, server: ScriptedServer) => Promise<Transaction>
}

const begun = async (session: Session): Promise<Transaction> => {
  const tx = await session.beginTransaction()
  await tx.run('Q').consume()
  return tx
}

const endings: readonly Ended[] = [
  {
    how: 'was committed',
    end: async (session) => {
      const tx = await begun(session)
      await tx.commit()
      return tx
    },
  },
  {
    how: 'was rolled back',
    end: async (session) => {
      const tx = await begun(session)
      await tx.rollback()
      return tx
    },
  },
  {
    how: 'was closed',
    end: async (session) => {
      const tx = await begun(session)
      await tx.close()
      return tx
    },
  },
  {
    how: 'has failed by a query',
    end: async (session) => {
      const tx = await begun(session)
      await rejectionOf(tx.run('BAD'))
      return tx
    },
  },
  {
    how: 'has failed by its commit',
    end: async (session, server) => {
      server.onCommit().fails(constraint)
      const tx = await begun(session)
      expect(await rejectionOf(tx.commit())).toMatchObject({ code: constraint })
      return tx
    },
  },
  {
    how: 'has lost the answer to its commit',
    end: async (session, server) => {
      server.onCommit().drops()
      const tx = await begun(session)
      expect(await rejectionOf(tx.commit())).toBeInstanceOf(IncompleteCommit)
      return tx
    },
  },
  {
    how: 'could not be committed because it had failed',
    end: async (session) => {
      const tx = await begun(session)
      await rejectionOf(tx.run('BAD'))
      expect(await rejectionOf(tx.commit())).toMatchObject({ name: 'TransactionError' })
      return tx
    },
  },
  {
    how: 'was aborted',
    end: async (session) => {
      const controller = new AbortController()
      const tx = await session.beginTransaction({ signal: controller.signal })
      await tx.run('Q').consume()
      controller.abort(null)
      return tx
    },
  },
  {
    how: 'has lost its connection',
    end: async (session, server) => {
      const tx = await begun(session)
      server.when('DROPS').drops()
      await rejectionOf(tx.run('DROPS'))
      return tx
    },
  },
]

async function inSession(use: (session: Session, server: ScriptedServer) => Promise<void>): Promise<void> {
  await using server = await startScripted()
  server.when('Q').returns([])
  server.when('BAD').fails('Neo.ClientError.Statement.SyntaxError')
  await using driver = GraphDatabase.driver(server.uri)
  const session = driver.session()
  await use(session, server)
  await session.close()
  await vi.waitFor(() => expect(driver.poolMetrics()[0]?.inUse).toBe(0))
}

describe.each(endings)('A transaction that $how', ({ end }) => {
  it('takes rollback() and close() any number of times, and nothing is sent', async () => {
    await inSession(async (session, server) => {
      const tx = await end(session, server)
      const sent = server.events.filter(({ type }) => type === 'rollback' || type === 'commit').length
      for (let i = 0; i < 2; i++) {
        await tx.rollback()
        await tx.close()
      }
      expect(tx.closed).toBe(true)
      expect(server.events.filter(({ type }) => type === 'rollback' || type === 'commit').length).toBe(sent)
    })
  })

  it('refuses another commit and further queries', async () => {
    await inSession(async (session, server) => {
      const tx = await end(session, server)
      expect(await rejectionOf(tx.commit())).toMatchObject({ name: 'TransactionError' })
      expect(await rejectionOf(tx.run('Q'))).toMatchObject({ name: 'TransactionError' })
    })
  })

  it('lets the session go on', async () => {
    await inSession(async (session, server) => {
      await end(session, server)
      await session.executeWrite((tx) => tx.run('Q').consume())
    })
  })
})

it.each([
  ['fails', constraint],
  ['drops', undefined],
] as const)('A rollback in a catch passes the error of the commit on where the commit %s', async (how, code) => {
  await inSession(async (session, server) => {
    if (how === 'fails') server.onCommit().fails(constraint)
    else server.onCommit().drops()
    const work = async () => {
      const tx = await session.beginTransaction()
      try {
        await tx.run('Q').consume()
        await tx.commit()
      } catch (error) {
        await tx.rollback()
        throw error
      }
    }
    expect(await rejectionOf(work())).toMatchObject(code === undefined ? { name: 'IncompleteCommit' } : { code })
  })
})

it('A rollback during which an unread query fails succeeds, because the transaction is undone', async () => {
  await using server = await startScripted()
  server.when('SLOW').delays(20).fails('Neo.TransientError.Transaction.DeadlockDetected')
  await using driver = GraphDatabase.driver(server.uri)
  await using session = driver.session()
  const tx = await session.beginTransaction()
  const query = rejectionOf(tx.run('SLOW'))
  await tx.rollback()
  expect(await query).toMatchObject({ code: 'Neo.TransientError.Transaction.DeadlockDetected' })
  expect(tx.closed).toBe(true)
})

it('A rollback while the commit is pending is refused, and the commit goes on', async () => {
  await inSession(async (session) => {
    const tx = await begun(session)
    const commit = tx.commit()
    expect(await rejectionOf(tx.rollback())).toMatchObject({
      name: 'TransactionError',
      message: expect.stringContaining('is being committed'),
    })
    await commit
  })
})
