// The rooms of each package: the folders of its `src`, and single files where no folder is needed. This table is the only
// place that says who may import whom: the import rules (`config.mjs`) and the tables and diagrams in ARCHITECTURE.md
// (`document.mjs`) are generated from it. `npm run check:rooms` also rejects permissions that no import uses.

/**
 * `imports`: the rooms that a room may import. `types`: rooms of which it may import only types, so that the dependency
 * does not exist when the code runs. A leaf is drawn without its arrows, because most rooms import it.
 * @typedef {{ purpose: string, imports?: readonly string[], types?: readonly string[], leaf?: true }} Room
 *
 * `entries`: files of `src`, with their purpose, that may import every room, and that no room may import. `packages`: the
 * entries of other packages that this one may import.
 * @typedef {{
 *   entries: Readonly<Record<string, string>>,
 *   exported: readonly string[],
 *   packages: Readonly<Record<string, readonly string[]>>,
 *   rooms: Readonly<Record<string, Room>>,
 * }} PackageRooms
 */

/** @type {Readonly<Record<string, PackageRooms>>} */
export const packages = {
  core: {
    entries: {
      'index.ts': 'the public API',
      'arrow.ts': 'results as Arrow tables',
      'codec.ts': 'the codec that `embedded` builds on',
      'cypher.ts': 'the tokens of Cypher',
      'options.ts': 'checks of options for the other packages',
      'testing.ts': 'the clock and internals of a driver, for tests',
      'web.ts': 'what packages for web frameworks share',
      'graph-database.ts': 'constructs drivers from the options of a caller',
      'wiring.ts': 'the only place that constructs and connects objects',
      'internals.ts': 'the internals of a driver that tests use',
    },
    exported: ['index.ts', 'arrow.ts', 'codec.ts', 'cypher.ts', 'options.ts', 'testing.ts', 'web.ts'],
    packages: {},
    rooms: {
      connecting: {
        purpose: 'opens connections with the right credentials; `diagnose()` does it step by step',
        imports: [
          'bolt',
          'routing',
          'results',
          'settings',
          'transport',
          'values',
          'platform',
          'errors',
          'diagnostics',
          'time',
        ],
        types: ['pool'],
      },
      web: {
        purpose: 'errors as responses and log lines, bookmarks as tokens, limits for streams, readiness',
        imports: ['settings', 'values', 'platform', 'errors', 'diagnostics', 'time'],
        types: ['driver', 'execution'],
      },
      arrow: {
        purpose: 'results as Apache Arrow tables; `apache-arrow` is an optional peer',
        imports: ['results', 'values', 'platform', 'errors'],
      },
      driver: {
        purpose: 'the objects of the API: driver, session, transactions; thin handles without protocol',
        imports: ['results', 'settings', 'execution', 'values', 'platform', 'errors', 'diagnostics', 'time'],
        types: ['query-types'],
      },
      settings: {
        purpose: 'options of the caller, checked before anything is opened',
        imports: ['execution', 'values', 'platform', 'errors', 'diagnostics', 'time'],
        types: ['results'],
      },
      results: {
        purpose: 'results, records and summaries, as callers read them',
        imports: ['values', 'platform', 'errors', 'diagnostics'],
        types: ['execution', 'query-types', 'time'],
      },
      execution: {
        purpose: 'run a unit of work: retries, bookmarks, fetching records',
        imports: ['bolt', 'values', 'platform', 'errors', 'diagnostics', 'time'],
        types: ['routing'],
      },
      routing: {
        purpose: 'choose a server for an access mode and a database',
        imports: ['pool', 'values', 'platform', 'errors', 'diagnostics', 'time'],
      },
      pool: {
        purpose: 'lease connections, limited in number and checked',
        imports: ['platform', 'errors', 'diagnostics', 'time'],
        types: ['values'],
      },
      bolt: {
        purpose: 'one connection: handshake, login, send requests, match responses',
        imports: ['hydration', 'packstream', 'chunking', 'transport', 'values', 'errors', 'time'],
        types: ['diagnostics'],
      },
      hydration: {
        purpose: 'Bolt structures from and to nodes, dates, points, vectors, by Bolt version',
        imports: ['packstream', 'values', 'errors'],
      },
      packstream: { purpose: 'values from and to bytes', imports: ['values', 'platform', 'errors'] },
      chunking: { purpose: 'messages from and to frames', imports: ['errors'] },
      transport: { purpose: 'read and write bytes on the network', imports: ['errors', 'time'] },
      'query-types': {
        purpose: 'types that read columns and parameters from the literal text of a query; nothing at run time',
        types: ['values'],
        leaf: true,
      },
      cypher: { purpose: 'splits Cypher text into tokens', leaf: true },
      diagnostics: {
        purpose: 'logs, warnings, observers that publish on the diagnostics channels',
        imports: ['errors', 'time'],
        types: ['values'],
        leaf: true,
      },
      values: { purpose: 'immutable domain values', imports: ['platform', 'errors'], leaf: true },
      platform: {
        purpose: 'small helpers for what JavaScript and Node give: options objects, promises, `util.inspect`, strings',
        imports: ['errors'],
        leaf: true,
      },
      errors: { purpose: 'every error, its code, whether it is retryable', imports: ['time'], leaf: true },
      time: { purpose: 'clock, deadline, backoff', leaf: true },
    },
  },
  embedded: {
    entries: {
      'index.ts': 'the public API',
      'values.ts': 'builds nodes, relationships and paths for scripts',
      'run-in-rollback.ts': 'runs all work of a driver in one transaction, which a test rolls back',
      'bin.ts': 'the command `boltline-embedded`',
      'command.ts': 'its arguments, and the graph as a server of its own',
    },
    exported: ['index.ts'],
    packages: { core: ['index.ts', 'codec.ts', 'cypher.ts', 'options.ts', 'testing.ts'] },
    rooms: {
      graph: {
        purpose:
          'a handler that runs queries on a graph: `plan.ts` classifies a query and translates it for the engine, `strict/` rejects what the engine lacks or answers differently from Neo4j, `engine.ts` runs it in a child process, `answers.ts` and `results.ts` assign types to the rows, `explained.ts` converts errors to those of Neo4j',
        imports: ['bolt-server', 'cypher', 'timers.ts'],
      },
      cluster: {
        purpose: 'several handlers that share one log of acknowledged writes',
        imports: ['bolt-server', 'stub'],
      },
      stub: {
        purpose: 'a handler that gives each query the answer that was configured for it',
        imports: ['bolt-server'],
      },
      script: {
        purpose:
          'a server that plays a script message by message, one `ScriptConnection` for each client, for protocol tests',
        imports: ['bolt-server'],
      },
      'bolt-server': {
        purpose:
          'a Bolt server without a database: `server-connection.ts` handles the messages by the states of `server-state.ts`; a `QueryHandler` supplies the answers',
        imports: ['timers.ts'],
      },
      cypher: {
        purpose: 'one statement: its tokens, and the coarse structure given by brackets and keywords',
      },
      'timers.ts': { purpose: 'the longest time that a timer of Node can wait', leaf: true },
    },
  },
  'express-middleware': {
    entries: {
      'index.ts': 'the public API',
    },
    exported: ['index.ts'],
    packages: { core: ['index.ts', 'options.ts', 'web.ts'] },
    rooms: {},
  },
  'nest-module': {
    entries: {
      'index.ts': 'the public API',
      'terminus.ts': 'health indicators for terminus',
      'testing.ts': 'the testing kit',
    },
    exported: ['index.ts', 'terminus.ts', 'testing.ts'],
    packages: { core: ['index.ts', 'cypher.ts', 'options.ts', 'web.ts'], embedded: ['index.ts'] },
    rooms: {
      testing: {
        purpose: 'a connection to a scripted server, a no-op host, rollback after each test',
        imports: ['module', 'transactions', 'injection', 'errors.ts'],
        types: ['client'],
      },
      health: {
        purpose: 'readiness and liveness for terminus; core implements the probe',
        imports: ['module', 'transactions', 'injection'],
      },
      module: {
        purpose: 'options, tokens and providers for Nest; the life cycle of a connection',
        imports: ['client', 'transactions', 'bookmarks', 'http', 'schema', 'injection', 'errors.ts'],
      },
      client: {
        purpose: 'queries that run in the open transaction, or in one of their own',
        imports: ['transactions', 'http', 'errors.ts'],
      },
      transactions: {
        purpose: 'scopes, propagation, hooks, retries; decorator, host and interceptor are the three entry points',
        imports: ['http', 'injection', 'errors.ts'],
      },
      bookmarks: {
        purpose: 'the bookmarks of an HTTP request; core defines the tokens',
        imports: ['http'],
      },
      http: {
        purpose:
          'the scope of a request, which is cancelled when its client disconnects; responses to database errors, which core defines',
        imports: ['errors.ts'],
      },
      schema: { purpose: 'constraints and indexes as data' },
      injection: { purpose: 'names of connections and of their tokens', leaf: true },
      'errors.ts': { purpose: 'the errors of this package', leaf: true },
    },
  },
  otel: {
    entries: {
      'index.ts': 'the public API',
      'instrumentation.ts': 'the public class',
      'subscriptions.ts': "subscribes spans and metrics to the driver's channels",
      'version.ts': 'the version of this package, for the name of its tracer and meter',
    },
    exported: ['index.ts'],
    packages: { core: ['index.ts', 'cypher.ts', 'options.ts'] },
    rooms: {
      spans: {
        purpose: 'a span for each call, query and step; the trace context in transaction metadata',
        imports: ['conventions', 'settings'],
        types: ['cypher'],
      },
      metrics: {
        purpose: 'instruments, and what is recorded with them',
        imports: ['conventions', 'settings'],
        types: ['cypher'],
      },
      conventions: {
        purpose: 'names of attributes, spans and metrics; how a driver, a server and a failure are described',
        imports: ['settings'],
        types: ['cypher'],
      },
      cypher: { purpose: 'the summary and the masked text of a query' },
      settings: { purpose: "options, checked; guards around the application's functions" },
    },
  },
}

/** The rooms and files that a room may import, each with `true` where only types. @param {Room} room */
export const permissionsOf = ({ imports = [], types = [] }) => [
  ...imports.map((name) => ({ name, typesOnly: false })),
  ...types.map((name) => ({ name, typesOnly: true })),
]
