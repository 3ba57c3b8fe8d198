/** A service with a driver of its own, started as a process of its own: by which Express, on which cluster, the parent says. */

import { GraphDatabase } from '@boltline/core'
import { boltline } from '../../src/index.ts'
import { application, type Line, lines, listen, secret } from '../lines.ts'

const [lineName, uri] = process.argv.slice(2)
const line = lines.find(({ name }) => name === lineName) as Line
const driver = GraphDatabase.driver(String(uri))
const api = boltline(driver, { bookmarks: { secrets: [secret], waitTimeout: 30_000 } })

const app = application(line, api, (to) => {
  to.post('/things/:id', async (req, res) => {
    await req.neo4j.query('CREATE (:Thing {id: $id})', { id: Number(req.params['id']) })
    res.sendStatus(201)
  })
  to.get('/things/:id', async (req, res) => {
    const { records } = await req.neo4j.query('MATCH (t:Thing {id: $id}) RETURN count(t) AS count', {
      id: Number(req.params['id']),
    })
    res.json({ found: records[0]?.get('count') === 1, aborted: req.neo4j.signal.aborted })
  })
})

const listening = await listen(app)
process.send?.(listening.url)
process.once('disconnect', () => process.exit())
