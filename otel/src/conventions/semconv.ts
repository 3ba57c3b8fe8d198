/**
 * Names of attributes, spans and metrics. Those of the semantic conventions are repeated here, because some are exported from
 * a part of `@opentelemetry/semantic-conventions` that must not be imported at run time; a test compares them with it.
 */

/** Attributes of the semantic conventions. */
export const attributes = {
  system: 'db.system.name',
  namespace: 'db.namespace',
  operation: 'db.operation.name',
  queryText: 'db.query.text',
  querySummary: 'db.query.summary',
  /** Followed by the parameter's key. */
  queryParameter: 'db.query.parameter.',
  statusCode: 'db.response.status_code',
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  peerAddress: 'network.peer.address',
  peerPort: 'network.peer.port',
  poolName: 'db.client.connection.pool.name',
  connectionState: 'db.client.connection.state',
  ioDirection: 'network.io.direction',
} as const

/** Attributes of this package, outside the conventions. */
export const ownAttributes = {
  accessMode: 'neo4j.access_mode',
  impersonated: 'neo4j.impersonated',
  driver: 'neo4j.driver.id',
  boltVersion: 'neo4j.bolt.version',
  gqlStatus: 'neo4j.gql_status',
  attempt: 'neo4j.attempt',
  attempts: 'neo4j.attempts',
  bookmarks: 'neo4j.bookmarks.in',
  outcome: 'neo4j.transaction.outcome',
  resultOutcome: 'neo4j.result.outcome',
  availableMs: 'neo4j.result.available_ms',
  consumedMs: 'neo4j.result.consumed_ms',
  pulls: 'neo4j.pull.count',
  pullSize: 'neo4j.pull.size',
  hasMore: 'neo4j.pull.has_more',
  acquireReason: 'neo4j.pool.reason',
  transportMs: 'neo4j.connection.transport_ms',
  loginMs: 'neo4j.connection.login_ms',
  routersAsked: 'neo4j.routing.asked',
  routingRole: 'neo4j.routing.role',
  closeReason: 'neo4j.connection.close_reason',
  retryDelayMs: 'neo4j.retry.delay_ms',
  severity: 'neo4j.notification.severity',
  category: 'neo4j.notification.category',
} as const

export const SYSTEM = 'neo4j'
/** The value that replaces all further values once the limit of distinct ones is reached. */
export const OTHER = '_OTHER'
export const DEFAULT_PORT = 7687

/** Names of the spans and events that are not a single database call. */
export const spanNames = {
  attempt: 'neo4j.transaction.attempt',
  acquire: 'neo4j.pool.acquire',
  connect: 'neo4j.connection.create',
  routing: 'neo4j.routing',
  query: 'neo4j.RUN',
} as const
export const RETRY_EVENT = 'neo4j.retry'

/** An instrument: name, unit, and the bucket boundaries of a histogram. */
interface Instrument {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly buckets?: readonly number[]
}

const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const
const rows = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] as const

/** Instruments of the semantic conventions. */
export const instruments = {
  operationDuration: {
    name: 'db.client.operation.duration',
    unit: 's',
    description: 'Duration of database client operations.',
    buckets: seconds,
  },
  returnedRows: {
    name: 'db.client.response.returned_rows',
    unit: '{row}',
    description: 'Number of records that the query returned.',
    buckets: rows,
  },
  connectionCount: {
    name: 'db.client.connection.count',
    unit: '{connection}',
    description: 'Number of open connections, by state.',
  },
  connectionIdleMax: {
    name: 'db.client.connection.idle.max',
    unit: '{connection}',
    description: 'Maximum number of idle connections.',
  },
  connectionIdleMin: {
    name: 'db.client.connection.idle.min',
    unit: '{connection}',
    description: 'Minimum number of idle connections.',
  },
  connectionLimit: {
    name: 'db.client.connection.limit',
    unit: '{connection}',
    description: 'Maximum number of open connections.',
  },
  pendingRequests: {
    name: 'db.client.connection.pending_requests',
    unit: '{request}',
    description: 'Number of callers that are waiting for a connection.',
  },
  connectionTimeouts: {
    name: 'db.client.connection.timeouts',
    unit: '{timeout}',
    description: 'Number of callers whose wait for a connection timed out.',
  },
  createTime: {
    name: 'db.client.connection.create_time',
    unit: 's',
    description: 'Time to open a connection, including the login.',
    buckets: seconds,
  },
  waitTime: {
    name: 'db.client.connection.wait_time',
    unit: 's',
    description: 'Time to acquire a connection from the pool.',
    buckets: seconds,
  },
  useTime: {
    name: 'db.client.connection.use_time',
    unit: 's',
    description: 'Time between acquiring a connection and releasing it.',
    buckets: [...seconds, 30, 60],
  },
} as const satisfies { readonly [key: string]: Instrument }

/** Instruments of this package, outside the conventions. */
export const ownInstruments = {
  retries: {
    name: 'neo4j.client.retries',
    unit: '{retry}',
    description: 'Number of failed attempts that the driver retried.',
  },
  transactionDuration: {
    name: 'neo4j.client.transaction.duration',
    unit: 's',
    description: 'Duration of transactions as seen by the caller, including all attempts.',
    buckets: seconds,
  },
  bytes: {
    name: 'neo4j.client.bytes',
    unit: 'By',
    description: 'Number of Bolt bytes sent and received.',
  },
  bookmarkWait: {
    name: 'neo4j.client.bookmark.wait',
    unit: 's',
    description: 'Time to the response to BEGIN for transactions with bookmarks.',
    buckets: seconds,
  },
  routingDuration: {
    name: 'neo4j.client.routing.duration',
    unit: 's',
    description: 'Time to fetch the routing table of a database.',
    buckets: seconds,
  },
  routingServers: {
    name: 'neo4j.client.routing.table.size',
    unit: '{server}',
    description: 'Number of servers in the last routing table of a database, by role.',
  },
  connectionsClosed: {
    name: 'neo4j.client.connection.closed',
    unit: '{connection}',
    description: 'Number of connections that the pool closed, by reason.',
  },
  notifications: {
    name: 'neo4j.client.notifications',
    unit: '{notification}',
    description: 'Number of notifications that servers sent about queries.',
  },
} as const satisfies { readonly [key: string]: Instrument }
