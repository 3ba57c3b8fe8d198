/** Every kind of work that a driver is asked for, as a caller writes it. Each checks what it reads, and notes what it writes. */

import {
  type BoltRecord,
  basicAuth,
  type Driver,
  type ResultPromise,
  type Session,
  type SessionConfig,
} from '../../src/index.ts'
import type { Ledger } from './ledger.ts'

export interface WorkContext {
  readonly driver: Driver
  readonly ledger: Ledger
  /** Of this run alone: the prefix of its keys. */
  readonly id: string
  readonly credentials: readonly [user: string, password: string]
  readonly signal?: AbortSignal | undefined
  /** Notes an answer that is wrong: rows that are missing, of another caller, or stale. */
  wrong(what: string): void
}

type Work = (context: WorkContext) => Promise<void>

const create = (label: string) => `CREATE (n:${label} {key: $key}) RETURN n.key AS key`
const count = 'UNWIND range(1, $n) AS i RETURN i, $id AS id'

export const works: Readonly<Record<string, Work>> = {
  async 'executeQuery WRITE'({ driver, ledger, id, signal, wrong }) {
    const key = `${id}/a`
    const { records } = await ledger.transaction([key], () =>
      driver.executeQuery(create(ledger.label), { key }, { signal }),
    )
    if (records.length !== 1 || records[0]?.get('key') !== key) wrong(`a write returned ${records.length} rows`)
  },

  async 'executeQuery READ'({ driver, id, signal, wrong }) {
    const { records } = await driver.executeQuery(count, { n: 12, id }, { routing: 'READ', signal })
    checkRows(records, 12, id, wrong)
  },

  async 'executeRead with two queries'(context) {
    const { driver, id, wrong, signal } = context
    await inSession(context, {}, (session) =>
      session.executeRead(
        async (tx) => {
          checkRows((await tx.run(count, { n: 5, id }).toEagerResult()).records, 5, id, wrong)
          checkRows((await tx.run(count, { n: 3, id }).toEagerResult()).records, 3, id, wrong)
        },
        { signal },
      ),
    )
    if (driver.closed) wrong('the driver is closed')
  },

  async 'executeRead in batches'(context) {
    const { id, wrong, signal } = context
    await inSession(context, { fetchSize: 4 }, (session) =>
      session.executeRead((tx) => readInBatches(tx.run(count, { n: 14, id }), 14, id, wrong), { signal }),
    )
  },

  async 'executeRead that leaves a stream early'(context) {
    const { id, wrong, signal } = context
    await inSession(context, { fetchSize: 4 }, (session) =>
      session.executeRead(
        async (tx) => {
          const records: BoltRecord[] = []
          for await (const record of tx.run(count, { n: 14, id })) if (records.push(record) === 6) break
          checkRows(records, 6, id, wrong)
          checkRows((await tx.run(count, { n: 2, id }).toEagerResult()).records, 2, id, wrong)
        },
        { signal },
      ),
    )
  },

  async 'executeWrite with two queries'(context) {
    const { ledger, id, signal } = context
    const keys = [`${id}/a`, `${id}/b`]
    await inSession(context, {}, (session) =>
      ledger.transaction(keys, () =>
        session.executeWrite(
          async (tx) => {
            for (const key of keys) await tx.run(create(ledger.label), { key }).consume()
          },
          { signal },
        ),
      ),
    )
  },

  async 'executeWrite with pipelined queries'(context) {
    const { ledger, id, signal, wrong } = context
    const keys = [`${id}/a`, `${id}/b`, `${id}/c`]
    await inSession(context, {}, (session) =>
      ledger.transaction(keys, () =>
        session.executeWrite(
          async (tx) => {
            const results = await Promise.all(keys.map((key) => tx.run(create(ledger.label), { key }).value('key')))
            if (results.flat().join() !== keys.join()) wrong(`pipelined queries returned ${results.flat()}`)
          },
          { signal },
        ),
      ),
    )
  },

  async 'run and consume'(context) {
    const { ledger, id, signal } = context
    const key = `${id}/a`
    await inSession(context, {}, (session) =>
      ledger.autoCommit([key], () => session.run(create(ledger.label), { key }, { signal }).consume()),
    )
  },

  async 'run, left unread at the close of its session'(context) {
    const { driver, ledger, id, signal } = context
    const key = `${id}/a`
    await ledger.autoCommit([key], async () => {
      const session = driver.session(signal === undefined ? {} : { signal })
      try {
        await session.run(create(ledger.label), { key })
      } finally {
        await session.close()
      }
    })
  },

  async 'for await over several batches'(context) {
    const { id, wrong, signal } = context
    await inSession(context, { fetchSize: 4 }, (session) =>
      readInBatches(session.run(count, { n: 14, id }, { signal }), 14, id, wrong),
    )
  },

  async 'a write read in batches'(context) {
    const { ledger, id, wrong, signal } = context
    const keys = Array.from({ length: 9 }, (_, i) => `${id}/${i + 1}`)
    const query = `UNWIND range(1, 9) AS i CREATE (:${ledger.label} {key: $id + '/' + toString(i)}) RETURN i, $id AS id`
    await inSession(context, { fetchSize: 4 }, (session) =>
      ledger.autoCommit(keys, () => readInBatches(session.run(query, { id }, { signal }), 9, id, wrong)),
    )
  },

  async 'beginTransaction, several queries, commit'(context) {
    const { ledger, id, wrong, signal } = context
    const keys = [`${id}/a`, `${id}/b`]
    await inSession(context, { fetchSize: 4 }, (session) =>
      ledger.transaction(keys, async () => {
        const tx = await session.beginTransaction({ signal })
        try {
          await tx.run(create(ledger.label), { key: keys[0] }).consume()
          await readInBatches(tx.run(count, { n: 6, id }), 6, id, wrong)
          await tx.run(create(ledger.label), { key: keys[1] })
          await tx.commit()
        } catch (error) {
          await tx.rollback()
          throw error
        }
      }),
    )
  },

  async 'beginTransaction and close'(context) {
    const { ledger, id, signal } = context
    ledger.never([`${id}/a`])
    await inSession(context, {}, async (session) => {
      const tx = await session.beginTransaction({ signal })
      await tx.run(create(ledger.label), { key: `${id}/a` })
      await tx.close()
    })
  },

  async 'beginTransaction and rollback'(context) {
    const { ledger, id, signal } = context
    ledger.never([`${id}/a`])
    await inSession(context, {}, async (session) => {
      const tx = await session.beginTransaction({ signal })
      await tx.run(create(ledger.label), { key: `${id}/a` }).consume()
      await tx.rollback()
    })
  },

  async 'sessions chained by bookmarks'(context) {
    const { ledger, id, wrong, signal } = context
    const keys = [`${id}/a`, `${id}/b`]
    const bookmarks = await inSession(context, {}, async (session) => {
      await ledger.transaction(keys.slice(0, 1), () =>
        session.executeWrite((tx) => tx.run(create(ledger.label), { key: keys[0] }).consume(), { signal }),
      )
      return session.lastBookmarks()
    })
    await inSession(context, { bookmarks }, async (session) => {
      const read = `MATCH (n:${ledger.label} {key: $key}) RETURN count(n) AS n`
      const [n] = await session.executeRead((tx) => tx.run(read, { key: keys[0] }).value('n'), { signal })
      if (n !== 1) wrong(`a read behind a write's bookmark found ${n} nodes`)
      await ledger.transaction(keys.slice(1), () =>
        session.executeWrite((tx) => tx.run(create(ledger.label), { key: keys[1] }).consume(), { signal }),
      )
    })
  },

  async 'several callers at once'({ driver, ledger, id, signal, wrong }) {
    const callers = Array.from({ length: 4 }, async (_, i) => {
      const own = `${id}/${i}`
      if (i % 2 === 0) {
        const { records } = await driver.executeQuery(count, { n: 3 + i, id: own }, { routing: 'READ', signal })
        return checkRows(records, 3 + i, own, wrong)
      }
      const { records } = await ledger.transaction([own], () =>
        driver.executeQuery(create(ledger.label), { key: own }, { signal }),
      )
      if (records[0]?.get('key') !== own) wrong(`a caller got ${records[0]?.get('key')} for ${own}`)
    })
    const failed = (await Promise.allSettled(callers)).find((settled) => settled.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  },

  async 'a session with credentials of its own'(context) {
    const { driver, ledger, id, credentials, signal } = context
    await driver.executeQuery('RETURN 1', {}, { signal, routing: 'READ' })
    const key = `${id}/a`
    // Another token than the driver's, although for the same user: the connection has to be logged in again.
    await inSession(context, { auth: basicAuth(...credentials, 'native') }, (session) =>
      ledger.transaction([key], () =>
        session.executeWrite((tx) => tx.run(create(ledger.label), { key }).consume(), { signal }),
      ),
    )
    await driver.executeQuery('RETURN 1', {}, { signal, routing: 'READ' })
  },

  async 'verifyConnectivity and verifyAuthentication'({ driver, credentials, signal, wrong }) {
    const config = signal === undefined ? {} : { signal }
    await driver.verifyConnectivity(config)
    await driver.getServerInfo(config)
    if (!(await driver.verifyAuthentication(credentials, config))) wrong('good credentials were called bad')
  },
}

/** Opens a session for some work, and closes it as `await using` does: the first error is the one that counts. */
async function inSession<T>(
  { driver, signal }: WorkContext,
  config: SessionConfig,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = driver.session(signal === undefined ? config : { ...config, signal })
  let value: T
  try {
    value = await work(session)
  } catch (error) {
    await session.close().catch(() => undefined)
    throw error
  }
  await session.close()
  return value
}

/** Reads with pauses, so that batches end while no reader waits as well as while one does. */
async function readInBatches(
  result: ResultPromise,
  n: number,
  id: string,
  wrong: (what: string) => void,
): Promise<void> {
  const records: BoltRecord[] = []
  for await (const record of result) {
    if (records.length % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 2))
    records.push(record)
  }
  checkRows(records, n, id, wrong)
}

/** A result that ends without an error has all of its rows, in order, and those of its own caller. */
function checkRows(records: readonly BoltRecord[], n: number, id: string, wrong: (what: string) => void): void {
  const rows = records.map((record) => record.get('i'))
  if (rows.length !== n || rows.some((i, at) => i !== at + 1)) wrong(`rows ${rows} where 1 to ${n} were due`)
  if (records.some((record) => record.get('id') !== id)) wrong(`rows of ${records[0]?.get('id')} for ${id}`)
}
