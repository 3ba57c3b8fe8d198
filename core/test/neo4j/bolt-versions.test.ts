import { boltVersions, versionName } from '@boltline/core/codec'
import { afterAll, describe, expect, it } from 'vitest'
import { DateTime, isNode, isPath, isRelationship, LocalDateTime } from '../../src/index.ts'
import { clear, connect } from './drivers.ts'

const newest = await (async () => {
  await using driver = connect()
  return (await driver.getServerInfo()).protocolVersion.join('.')
})()
const names = boltVersions.map(versionName)
const spoken = names.slice(0, names.indexOf(newest) + 1)

afterAll(async () => {
  await using driver = connect()
  await clear(driver, 'VersionTest')
})

describe.each(spoken)('Over Bolt %s', (name) => {
  it('the driver runs queries, transactions and streams, and reads graph and temporal values, failures and summaries', async () => {
    await using driver = connect({ protocolVersions: [name], fetchSize: 50 })
    const [major] = name.split('.').map(Number) as [number]
    expect((await driver.getServerInfo()).protocolVersion.join('.')).toBe(name)

    // Before UTC date-times (4.3), the repeated hour at a clock change is ambiguous.
    const summer = name === '4.1' || name === '4.2'
    const zoned = DateTime.parse(`2024-${summer ? '07-27' : '10-27'}T02:30:00.000000007[Europe/Stockholm]`)
    const parameters = {
      zoned,
      offset: DateTime.parse('1969-12-31T23:59:59.9-01:30'),
      local: LocalDateTime.parse('0001-01-01T00:00:00'),
    }
    const { records, summary } = await driver.executeQuery(
      `CREATE p = (a:VersionTest {at: $zoned})-[r:KNOWS {since: 1999}]->(b:VersionTest {tags: ['x']})
       RETURN a, r, b, p, $zoned AS zoned, $offset AS offset, $local AS local`,
      parameters,
    )
    const record = records[0]
    expect(summary.counters).toMatchObject({ nodesCreated: 2, relationshipsCreated: 1, containsUpdates: true })
    expect(summary.gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toContain('00000')
    expect(isNode(record?.get('a')) && isRelationship(record.get('r')) && isPath(record.get('p'))).toBe(true)
    expect(record?.get('r').startNode.elementId).toBe(record?.get('a').elementId)
    expect(record?.get('r').startNodeElementId).toBe(record?.get('a').elementId)
    expect(record?.get('p').relationships[0].elementId).toBe(record?.get('r').elementId)
    if (major >= 5) expect(record?.get('a').elementId).toMatch(/^4:/)
    else expect(record?.get('a').elementId).toBe(String(record?.get('a').id))
    for (const [key, value] of Object.entries(parameters)) expect(value.equals(record?.get(key)), key).toBe(true)

    await using session = driver.session()
    const tx = await session.beginTransaction()
    await tx.run('CREATE (:VersionTest {gone: true})').consume()
    await tx.rollback()
    const count = await session.executeRead((read) =>
      read.run('MATCH (n:VersionTest {gone: true}) RETURN count(n) AS n').single(),
    )
    expect(count?.get('n')).toBe(0)

    let sum = 0
    for await (const row of session.run('UNWIND range(1, 777) AS i RETURN i')) sum += row.get('i')
    expect(sum).toBe((777 * 778) / 2)
    expect(session.lastBookmarks().isEmpty).toBe(false)

    const failure = await driver.executeQuery('RETURN 1 / 0').catch((error) => error)
    expect(failure).toMatchObject({
      code: 'Neo.ClientError.Statement.ArithmeticError',
      // Not every server sends a classification.
      classification: failure.diagnosticRecord['_classification'] ?? 'UNKNOWN',
    })
    if (newest.startsWith('6.') && names.indexOf(name) >= names.indexOf('5.7')) {
      expect(failure.classification).toBe('CLIENT_ERROR')
    }
    expect(failure.gqlStatus).toMatch(/^[0-9A-Z]{5}$/)
    const notified = await session.run('MATCH (n:NoSuchLabelEver) RETURN n').then((result) => result.consume())
    expect(notified.summaryNotifications.map(({ category }) => category)).toContain('UNRECOGNIZED')
  })
})
