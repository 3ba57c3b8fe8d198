import { basicAuth, GraphDatabase } from '@boltline/core'
import { boltline } from '@boltline/express'
import { trace } from '@opentelemetry/api'
import express from 'express'
import { PLACE, TAKE } from './queries.ts'

const { NEO4J_URI = 'neo4j://localhost:7687', NEO4J_USER = 'neo4j', NEO4J_PASSWORD = '', PORT = '3000' } = process.env

const driver = GraphDatabase.driver(NEO4J_URI, { auth: basicAuth(NEO4J_USER, NEO4J_PASSWORD) })
const neo4j = boltline(driver, { database: 'neo4j' })
const tracer = trace.getTracer('orders')

const app = express()
app.use(neo4j, express.json())
app.post('/orders', async (req, res) => {
  const { sku } = req.body as { sku: string }
  const left = await req.neo4j.write(async (tx) => {
    const product = await tx.run(TAKE, { sku }).single({ strict: true })
    // A span of one's own inside of the unit of work: it is shown where it belongs.
    const price = tracer.startActiveSpan('price', (span) => {
      span.end()
      return 100
    })
    await tx.run(PLACE, { sku, price })
    return product.get('left')
  })
  res.status(201).json({ left })
})
app.use(neo4j.errorHandler())

const server = app.listen(Number(PORT), () => console.log(`ready on http://localhost:${PORT}`))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.closeIdleConnections()
    server.close(() => void driver.close())
  })
}
