// What is measured. A workload is one query text, which the replay server and a real Neo4j both understand: the replay
// server reads the comment in front, Neo4j the Cypher behind it. Every client reads every field of every record and adds it
// up; the sum has to be the one given here, so that no contestant can be fast by leaving work out.

/** The values repeat after so many rows, so that the replay server can answer from bytes made beforehand. */
export const cycle = 10_000

/** How many maps the bulk parameter holds. */
export const bulkMaps = 50_000

/**
 * @typedef {'stream' | 'fetch' | 'eager' | 'execute' | 'bulk'} Way how the records are read: `for await` or what comes next
 *   to it, batches, a whole result in memory, one query after the other, one large parameter
 * @typedef {'integers' | 'mixed' | 'nodes' | 'one' | 'maps'} Shape what a record holds
 *
 * @typedef {object} Workload
 * @property {string} name for the command line and for the workers
 * @property {string} title for people
 * @property {Way} way
 * @property {Shape} shape
 * @property {number} rows of one query
 * @property {number} fetchSize
 * @property {'READ' | 'WRITE'} routing the `routing` that `executeQuery` gets; each driver's default is to write
 * @property {number} callers at the same time
 * @property {number} pool the most connections
 * @property {string} unit what is counted
 * @property {Readonly<Partial<Record<import('./contestants.mjs').Who, number>>>} goal at least so many times the rival's rate
 */

/** @type {Readonly<Record<Shape, (rows: number) => string>>} */
const cypher = {
  integers: (rows) => `UNWIND range(0, ${rows - 1}) AS i RETURN i % ${cycle} AS x`,
  mixed: (rows) =>
    `UNWIND range(0, ${rows - 1}) AS j WITH j % ${cycle} AS i RETURN i, 'name-' + toString(i) AS s, i + 0.5 AS f, ` +
    'i % 2 = 0 AS b, null AS n, [i, 1, 2, 3, 4] AS l, {a: i, b: 2, c: 3} AS m',
  nodes: (rows) => `UNWIND range(1, ${rows / cycle}) AS round MATCH (n:Bench:Person) RETURN n`,
  one: () => 'RETURN $x AS x',
  maps: () => 'UNWIND $rows AS row RETURN count(row) AS x',
}

/** Makes the nodes that a real server is asked for. */
export const prepareNodes = [
  'MATCH (n:Bench) DETACH DELETE n',
  `UNWIND range(0, ${cycle - 1}) AS i CREATE (:Bench:Person {id: i, name: 'person-' + toString(i), age: i % 90, ` +
    "score: i + 0.5, active: i % 2 = 0, city: 'Springfield'})",
]

/** What the fields of row `i` add up to, by the rules that all clients follow. @type {Record<Shape, (i: number) => number>} */
const rowSum = {
  integers: (i) => i,
  // The integer, the text's length, the float, 1 for true, 1 for null, the list's elements, the map's values.
  mixed: (i) => i + `name-${i}`.length + (i + 0.5) + (i % 2 === 0 ? 1 : 0) + 1 + (i + 10) + (i + 5),
  // The labels' lengths, 1 for an element id, then the properties by the same rules.
  nodes: (i) =>
    'Bench'.length +
    'Person'.length +
    1 +
    i +
    `person-${i}`.length +
    (i % 90) +
    (i + 0.5) +
    (i % 2 === 0 ? 1 : 0) +
    'Springfield'.length,
  one: () => 1,
  maps: () => bulkMaps,
}

/** What all fields of all records of one query add up to. @param {Shape} shape @param {number} rows */
function checksumOf(shape, rows) {
  let sum = 0
  for (let i = 0; i < rows; i++) sum += rowSum[shape](i % cycle)
  return sum
}

/** @param {Pick<Workload, 'name' | 'title' | 'way' | 'shape' | 'rows' | 'unit' | 'goal'> & Partial<Workload>} given @returns {Workload} */
function workload(given) {
  return { fetchSize: 1000, routing: 'WRITE', callers: 1, pool: 100, ...given }
}

/** The same by default, and declared to read. @param {Parameters<typeof workload>[0]} given */
function bothRoutings(given) {
  return [
    workload(given),
    workload({ ...given, name: `${given.name}-read`, title: `${given.title}, routed to readers`, routing: 'READ' }),
  ]
}

/** The same with the default fetch size and with everything asked for at once. @param {Parameters<typeof workload>[0]} given */
function bothFetchSizes(given) {
  return [
    workload({ ...given, title: `${given.title}, fetch size 1000` }),
    workload({ ...given, name: `${given.name}-all`, title: `${given.title}, fetch size −1`, fetchSize: -1 }),
  ]
}

/** @type {readonly Workload[]} */
export const workloads = [
  ...bothFetchSizes({
    name: 'integers',
    title: 'stream 1-integer rows, `for await`',
    way: 'stream',
    shape: 'integers',
    rows: 100_000,
    unit: 'rows/s',
    goal: { official: 15, go: 5, raw: 0.12 },
  }),
  ...bothFetchSizes({
    name: 'integers-fetch',
    title: 'stream 1-integer rows, batches by `fetch(n)`',
    way: 'fetch',
    shape: 'integers',
    rows: 100_000,
    unit: 'rows/s',
    goal: { official: 25, go: 8, raw: 0.2 },
  }),
  ...bothFetchSizes({
    name: 'mixed',
    title: 'stream mixed rows (7 columns)',
    way: 'stream',
    shape: 'mixed',
    rows: 50_000,
    unit: 'rows/s',
    goal: { official: 9, go: 3.5, raw: 0.18 },
  }),
  ...bothFetchSizes({
    name: 'nodes',
    title: 'stream nodes (2 labels, 6 properties)',
    way: 'stream',
    shape: 'nodes',
    rows: 50_000,
    unit: 'rows/s',
    goal: { official: 6, go: 1.2, raw: 0.08 },
  }),
  workload({
    name: 'eager-integers',
    title: 'eager 1-integer rows',
    way: 'eager',
    shape: 'integers',
    rows: 100_000,
    unit: 'rows/s',
    goal: { official: 8, go: 1 },
  }),
  workload({
    name: 'eager-nodes',
    title: 'eager nodes',
    way: 'eager',
    shape: 'nodes',
    rows: 50_000,
    unit: 'rows/s',
    goal: { official: 6, go: 1 },
  }),
  ...bothRoutings({
    name: 'execute',
    title: '`executeQuery`, one row, sequential',
    way: 'execute',
    shape: 'one',
    rows: 1,
    unit: 'queries/s',
    goal: { official: 6, go: 1 },
  }),
  ...bothRoutings({
    name: 'execute-64',
    title: '`executeQuery`, one row, 64 callers',
    way: 'execute',
    shape: 'one',
    rows: 1,
    callers: 64,
    unit: 'queries/s',
    goal: { official: 7, go: 1 },
  }),
  workload({
    name: 'execute-1000',
    title: '`executeQuery`, one row, 1,000 callers on 10 connections',
    way: 'execute',
    shape: 'one',
    rows: 1,
    callers: 1000,
    pool: 10,
    unit: 'queries/s',
    goal: {},
  }),
  workload({
    name: 'bulk',
    title: `send ${bulkMaps.toLocaleString('en-US')} maps as one parameter`,
    way: 'bulk',
    shape: 'maps',
    rows: 1,
    unit: 'maps/s',
    goal: { official: 15, go: 0.9 },
  }),
]

/**
 * The task that a worker gets, in whatever language it is written.
 *
 * @typedef {object} Server
 * @property {string} uri
 * @property {string} user empty: no credentials
 * @property {string} password
 *
 * @typedef {Server & Pick<Workload, 'way' | 'shape' | 'rows' | 'fetchSize' | 'routing' | 'callers' | 'pool'> & {
 *   query: string, checksum: number, unitsPerQuery: number, bulkMaps: number
 * }} Task
 */

/**
 * @param {Workload} workload
 * @param {Server} server
 * @returns {Task}
 */
export function taskOf(workload, server) {
  const { way, shape, rows, fetchSize, routing, callers, pool } = workload
  return {
    ...server,
    way,
    shape,
    rows,
    fetchSize,
    routing,
    callers,
    pool,
    query: `/* replay ${shape} ${rows} */ ${cypher[shape](rows)}`,
    checksum: checksumOf(shape, rows),
    unitsPerQuery: way === 'bulk' ? bulkMaps : rows,
    bulkMaps,
  }
}

/** The bulk parameter. */
export function mapsToSend() {
  return Array.from({ length: bulkMaps }, (_, i) => ({ id: i, name: `name-${i}`, score: i + 0.5 }))
}
