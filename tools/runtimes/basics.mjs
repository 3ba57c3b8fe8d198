// Basic operations that every runtime must support: run by Node, Bun and Deno alike against the scripted server of run.mjs. Plain JavaScript on
// the built package, as an application would have it. Prints a line for each thing that works and ends with an error where
// one does not; that it ends at all shows that nothing holds the process after close().

import assert from 'node:assert/strict'
import { ClientError, DateTime, GraphDatabase, isNode, ParameterError, TrustCustomCAs } from '@boltline/core'

const { SERVER, SERVER_WITH_TLS, AUTHORITY } = process.env

/**
 * @param {string} what
 * @param {() => Promise<void>} check
 */
async function works(what, check) {
  await check()
  console.log(what)
}

const driver = GraphDatabase.driver(String(SERVER), { auth: ['neo4j', 'secret'] })

await works('connects and logs in', async () => {
  const { agent } = await driver.getServerInfo()
  assert.match(agent, /^Neo4j\//)
})

await works('sends and receives values', async () => {
  const values = {
    small: 1,
    float: 0.5,
    text: 'Zürich 🚲',
    list: [1, [2], { three: 3 }],
    bytes: new Uint8Array([1, 2, 255]),
    when: DateTime.parse('2026-03-29T01:30:00.123456789+01:00[Europe/Zurich]'),
  }
  const { records } = await driver.executeQuery('RETURN $values AS values', { values })
  const echoed = records[0]?.get('values')
  assert.deepEqual(
    { ...echoed, bytes: [...echoed.bytes], when: String(echoed.when) },
    {
      ...values,
      bytes: [1, 2, 255],
      when: String(values.when),
    },
  )
  const big = await driver.executeQuery('RETURN $x AS x', { x: 2n ** 62n }, { integers: 'auto' })
  assert.equal(big.records[0]?.get('x'), 2n ** 62n)
})

await works('gives graph values', async () => {
  const { records } = await driver.executeQuery('MATCH (p:Person) RETURN p')
  const person = records[0]?.get('p')
  assert.ok(isNode(person))
  assert.equal(person.get('name'), 'Ada')
})

await works('retries a unit of work', async () => {
  const session = driver.session()
  let attempts = 0
  await session.executeWrite((tx) => {
    attempts += 1
    return tx.run('CREATE (:Deadlock)').consume()
  })
  assert.equal(attempts, 2)
  await session.close()
})

await works('streams', async () => {
  const session = driver.session({ fetchSize: 100 })
  let sum = 0
  for await (const record of session.run('UNWIND range(1, 5000) AS n RETURN n')) sum += record.get('n')
  assert.equal(sum, 12_502_500)
  await session.close()
})

await works('tells errors apart', async () => {
  await assert.rejects(driver.executeQuery('NOT TOLD'), ClientError)
  await assert.rejects(driver.executeQuery('RETURN $x AS x', { x: undefined }), ParameterError)
})

await works('calls a query off', async () => {
  const controller = new AbortController()
  const query = driver.executeQuery('RETURN hang()', {}, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('called off')), 50)
  await assert.rejects(query, /called off/)
})

await works('encrypts, and refuses a certificate that it was not told to trust', async () => {
  const trusting = GraphDatabase.driver(String(SERVER_WITH_TLS), {
    encrypted: true,
    trustedCertificates: TrustCustomCAs(String(AUTHORITY)),
  })
  await trusting.verifyConnectivity()
  await trusting.close()
  const careful = GraphDatabase.driver(String(SERVER_WITH_TLS), { encrypted: true })
  await assert.rejects(careful.verifyConnectivity(), /certificate/)
  await careful.close()
})

await driver.close()
console.log('closes')
