// The other packages of the suite, and every entry that can be imported.
import * as core from '@boltline/core'
import * as arrow from '@boltline/core/arrow'
import * as codec from '@boltline/core/codec'
import * as cypher from '@boltline/core/cypher'
import * as options from '@boltline/core/options'
import * as coreTesting from '@boltline/core/testing'
import * as web from '@boltline/core/web'
import { type ScriptedServer, startScripted } from '@boltline/embedded'
import { boltline } from '@boltline/express'
import * as nest from '@boltline/nestjs'
import * as terminus from '@boltline/nestjs/terminus'
import { BoltlineInstrumentation } from '@boltline/opentelemetry'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import express from 'express'
import request from 'supertest'

let server: ScriptedServer
let driver: core.Driver

beforeEach(async () => {
  server = await startScripted()
  server.when('RETURN $n AS n', { n: 1 }).returns([{ n: 1 }])
  driver = core.GraphDatabase.driver(server.uri)
})

afterEach(async () => {
  await driver.close()
  await server.close()
})

describe('The packages', () => {
  it('load from every entry', () => {
    for (const entry of [core, arrow, codec, cypher, options, coreTesting, web, nest, terminus]) {
      expect(Object.keys(entry).length).toBeGreaterThan(0)
    }
  })

  it('run queries, and raise errors of their classes', async () => {
    const { records } = await driver.executeQuery<{ n: number }>('RETURN $n AS n', { n: 1 })
    expect(records[0]?.toObject()).toEqual({ n: 1 })
    await expect(driver.executeQuery('RETURN $n AS n', { n: undefined })).rejects.toBeInstanceOf(core.ParameterError)
    await expect(driver.executeQuery('RETURN 2')).rejects.toBeInstanceOf(core.Neo4jError)
  })

  it('send and return values of every kind', async () => {
    server.when('RETURN $value AS value').returns(({ parameters }) => [{ value: parameters['value'] }])
    for (const value of [
      'text',
      1.5,
      2n ** 40n,
      true,
      null,
      ['a', ['b']],
      { deep: { er: 1 } },
      new Uint8Array([1, 2]),
      core.CypherDate.from(new Date(0)),
      new core.Point(7203, 1, 2),
    ]) {
      const { records } = await driver.executeQuery('RETURN $value AS value', { value })
      expect(records[0]?.get('value')).toEqual(typeof value === 'bigint' ? Number(value) : value)
    }
    const { records } = await driver.executeQuery('RETURN $value AS value', { value: new Map([['a', new Date(0)]]) })
    expect(String(records[0]?.get('value').a)).toMatch(/^1970-01-01T00:00:00/)
  })

  it('explain a server that is not there', async () => {
    const nowhere = core.GraphDatabase.driver('bolt://127.0.0.1:1', { maxTransactionRetryTime: 0 })
    await expect(nowhere.executeQuery('RETURN 1')).rejects.toBeInstanceOf(core.ServiceUnavailable)
    await nowhere.close()
  })

  it('warn where one record is expected and several arrive', async () => {
    server.when('UNWIND [1, 2] AS n RETURN n').returns([{ n: 1 }, { n: 2 }])
    const session = driver.session()
    const record = await session.run('UNWIND [1, 2] AS n RETURN n').single()
    expect(record?.get('n')).toBe(1)
    await session.close()
  })

  it('make Arrow tables', async () => {
    const session = driver.session()
    const table = await arrow.toArrow(session.run('RETURN $n AS n', { n: 1 }))
    expect(table.numRows).toBe(1)
    await session.close()
  })

  it('bind queries to requests of Express', async () => {
    const neo4j = boltline(driver)
    const app = express()
    app.use(neo4j)
    app.get('/n', async (req, res) => {
      const { records } = await req.neo4j.query('RETURN $n AS n', { n: 1 })
      res.json(records[0])
    })
    app.use(neo4j.errorHandler())
    await request(app).get('/n').expect(200, { n: 1 })
  })

  it('make spans', async () => {
    const exporter = new InMemorySpanExporter()
    const instrumentation = new BoltlineInstrumentation()
    instrumentation.setTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
    await driver.executeQuery('RETURN $n AS n', { n: 1 })
    instrumentation.disable()
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('RETURN')
  })
})
