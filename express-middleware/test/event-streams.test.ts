import { GraphDatabase } from '@boltline/core'
import { startScripted } from '@boltline/embedded'
import { describe, expect, it, vi } from 'vitest'
import { boltline } from '../src/index.ts'
import { application, inUse, lines, listen, secret } from './lines.ts'

describe.each(lines)('an event stream on $name', (line) => {
  it('holds no connection between its 200 reads, while 50 other requests are served from a pool of one', async () => {
    await using server = await startScripted()
    server.when('READ').returns([{ x: 1 }])
    server.when('OTHER').returns([{ y: 2 }])
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1 })
    const between: number[] = []
    // The stream and the other requests take turns, so that the test does not depend on time.
    let turn: () => void = () => undefined
    const othersTurn = () =>
      new Promise<void>((resolve) => {
        turn = resolve
      })
    const api = boltline(driver, { bookmarks: { secrets: [secret] }, logger: null })
    const app = application(line, api, (to) => {
      to.get('/events', async (req, res) => {
        res.setHeader('Content-Type', 'text/event-stream')
        for (let i = 0; i < 200; i++) {
          const { records } = await req.neo4j.query('READ')
          between.push(inUse(driver))
          res.write(`data: ${JSON.stringify(records[0])}\n\n`)
          if (i % 4 === 3) await othersTurn()
        }
        res.end(`event: bookmark\ndata: ${req.neo4j.bookmarkToken()}\n\n`)
      })
      to.get('/other', async (req, res) => {
        const { records } = await req.neo4j.query('OTHER')
        res.json(records)
      })
    })
    await using listening = await listen(app)
    const events = listening.call('/events')
    for (let n = 1; n <= 50; n++) {
      await vi.waitFor(() => expect(between.length).toBe(4 * n), { interval: 1 })
      const other = await listening.call('/other')
      expect([other.status, other.body]).toEqual([200, '[{"y":2}]'])
      turn()
    }
    const { body } = await events
    expect(body.match(/^data: \{"x":1\}$/gm)?.length).toBe(200)
    expect(body).toMatch(/event: bookmark\ndata: v1\./)
    expect(between).toEqual(Array(200).fill(0))
    expect(driver.poolMetrics()[0]).toMatchObject({ max: 1, created: 1, timedOut: 0 })
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ active: 0, lateBookmarks: 0 }))
  })

  it('releases the connection of a result that was not read to its end, and warns where it was opened', async () => {
    await using server = await startScripted()
    server.when('LARGE').streams(20_000, (i) => ({ i }))
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1, fetchSize: 10 })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const api = boltline(driver, { logger: null })
    await using listening = await listen(
      application(line, api, (to) =>
        to.get('/', async (req, res) => {
          const { value } = await req.neo4j.stream<{ i: number }>('LARGE').next()
          res.json(value)
        }),
      ),
    )
    expect((await listening.call('/')).body).toBe('{"i":0}')
    await vi.waitFor(() => expect(inUse(driver)).toBe(0), { timeout: 15_000 })
    await vi.waitFor(() => expect(api.metrics()).toMatchObject({ forgottenSessions: 1, active: 0 }))
    expect((await warned).message).toMatch(/^A session of GET \/ was open.*\n.*(\n.*)*event-streams\.test\.ts/)
  })

  it('reads a large result at the pace of a slow client, and releases it when the loop is left', async () => {
    await using server = await startScripted()
    server.when('LARGE').streams(20_000, (i) => ({ i }))
    await using driver = GraphDatabase.driver(server.uri, { maxConnectionPoolSize: 1, fetchSize: 100 })
    await using listening = await listen(
      application(line, boltline(driver, { logger: null }), (to) =>
        to.get('/:stop', async (req, res) => {
          let count = 0
          for await (const record of req.neo4j.stream<{ i: number }>('LARGE')) {
            if (record.get('i') !== count) throw new Error(`out of order at ${count}`)
            if (++count === Number(req.params['stop'])) break
          }
          res.json({ count })
        }),
      ),
    )
    expect((await listening.call('/5')).body).toBe('{"count":5}')
    expect((await listening.call('/90000')).body).toBe('{"count":20000}')
    await vi.waitFor(() => expect(inUse(driver)).toBe(0))
  })
})
