/** Four ways to ask: a query, a transaction function, a stream, and a path. */

import type { Driver, GraphPath } from '@boltline/core'
import { bar, heading, line, table, time } from './output.ts'

/** Asks in all of them, one after the other. */
export async function tour(driver: Driver): Promise<void> {
  await genresByQuery(driver)
  await awardInTransaction(driver)
  await streamCast(driver)
  await pathBetween(driver)
}

async function genresByQuery(driver: Driver): Promise<void> {
  heading('executeQuery: the best genres')
  const { records, summary } = await driver.executeQuery(
    `MATCH (f:Film)-[:OF_GENRE]->(g:Genre)
     RETURN g.name AS genre, count(f) AS films, round(avg(f.rating) * 100) / 100 AS rating
     ORDER BY rating DESC, genre LIMIT 6`,
    {},
    { routing: 'READ' },
  )
  const rows = records.map((record) => record.toObject())
  const most = Math.max(...rows.map(({ films }) => films))
  table(
    ['genre', 'films', 'rating', ''],
    rows.map(({ genre, films, rating }) => [genre, films, rating, bar(films, most)]),
  )
  line(`${records.length} records from ${summary.server.agent} over Bolt ${summary.server.protocolVersion.join('.')}`)
}

async function awardInTransaction(driver: Driver): Promise<void> {
  heading('A transaction function: an award for the best film of a year')
  const session = driver.session()
  try {
    const award = await session.executeWrite(async (tx) => {
      const best = await tx
        .run('MATCH (f:Film {year: $year}) RETURN f.id AS id, f.title AS title ORDER BY f.rating DESC, id LIMIT 1', {
          year: 1999,
        })
        .single({ strict: true })
      const summary = await tx
        .run('MATCH (f:Film {id: $id}) SET f.award = $award, f.awarded = datetime($at)', {
          id: best.get('id'),
          award: 'Golden Lantern',
          at: '2000-03-26T20:00:00-08:00',
        })
        .consume()
      return { title: best.get('title'), properties: summary.counters.propertiesSet }
    })
    line(
      `“${award.title}” got it; ${award.properties} properties set, and the transaction would have been retried after a deadlock`,
    )
  } finally {
    await session.close()
  }
}

async function streamCast(driver: Driver): Promise<void> {
  heading('A stream: every role, record by record')
  const session = driver.session({ defaultAccessMode: 'READ' })
  try {
    const started = performance.now()
    const decades = new Map<number, number>()
    let roles = 0
    for await (const record of session.run(
      'MATCH (:Person)-[r:ACTED_IN]->(f:Film) RETURN f.year AS year, r.role AS role',
    )) {
      const decade = Math.floor(record.get('year') / 10) * 10
      decades.set(decade, (decades.get(decade) ?? 0) + 1)
      roles++
    }
    const most = Math.max(...decades.values())
    table(
      ['decade', 'roles', ''],
      [...decades].sort(([a], [b]) => a - b).map(([decade, count]) => [`${decade}s`, count, bar(count, most)]),
    )
    line(`${roles} records in ${time(performance.now() - started)}, at most two batches of them in memory`)
  } finally {
    await session.close()
  }
}

async function pathBetween(driver: Driver): Promise<void> {
  heading('A path: how two people are connected')
  const { records } = await driver.executeQuery(
    'MATCH (a:Person {id: $from}) MATCH (b:Person {id: $to}) MATCH p = shortestPath((a)-[:ACTED_IN*..12]-(b)) RETURN p',
    { from: 0, to: 3000 },
    { routing: 'READ' },
  )
  const path: GraphPath | undefined = records[0]?.get('p')
  if (path === undefined) return line('They are not.')
  const steps = path.nodes.map((node) => (node.labels.includes('Person') ? node.get('name') : `“${node.get('title')}”`))
  line(steps.join(' → '))
  line(`${path.length} steps`)
}
