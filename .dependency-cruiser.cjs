// The rooms of core as data; the rules that keep imports pointing down are generated from them.
// ARCHITECTURE.md explains the table. A room may import what is listed under it; `types` lists rooms of which it may
// import types alone, because the dependency must not exist when the code runs.

const leaves = ['values', 'errors', 'diagnostics', 'time']

const rooms = {
  arrow: { imports: ['results', ...leaves] },
  web: { imports: ['settings', ...leaves], types: ['driver', 'execution'] },
  driver: { imports: ['results', 'settings', 'execution', ...leaves], types: ['query-types'] },
  settings: { imports: ['execution', ...leaves], types: ['results'] },
  results: { imports: ['execution', ...leaves], types: ['query-types'] },
  execution: { imports: ['routing', 'pool', 'bolt', ...leaves] },
  routing: { imports: ['pool', 'bolt', ...leaves] },
  pool: { imports: [...leaves], types: ['bolt'] },
  bolt: { imports: ['hydration', 'packstream', 'chunking', 'transport', ...leaves] },
  hydration: { imports: ['packstream', ...leaves] },
  packstream: { imports: ['values', 'errors'] },
  chunking: { imports: ['errors'] },
  transport: { imports: [...leaves] },
  cypher: { imports: [] },
  'query-types': { imports: [], types: ['values'] },
  values: { imports: ['errors'] },
  errors: { imports: ['time'], types: ['values', 'diagnostics'] },
  diagnostics: { imports: ['errors'], types: ['values', 'time'] },
  time: { imports: [] },
}

const packages = ['core', 'embedded', 'express-middleware', 'nest-module', 'otel']
const fronts = {
  core: ['index', 'arrow', 'codec', 'cypher', 'options', 'testing', 'web'],
  embedded: ['index'],
  'express-middleware': ['index'],
  'nest-module': ['index', 'terminus', 'testing'],
  otel: ['index'],
}

const test = '\\.test\\.ts$'
const inside = (room) => `^core/src/${room}/`
const names = Object.keys(rooms)

const roomRules = Object.entries(rooms).flatMap(([room, { imports, types = [] }]) => [
  {
    name: `room-${room}`,
    comment: `${room}/ may import ${[...imports, ...types.map((name) => `types of ${name}`)].join(', ') || 'no other room'}`,
    severity: 'error',
    from: { path: inside(room), pathNot: test },
    to: { path: '^core/src/', pathNot: [room, ...imports, ...types].map(inside) },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `room-${room}-types-only`,
          comment: `${room}/ may import types of ${types.join(', ')}, nothing that exists at run time`,
          severity: 'error',
          from: { path: inside(room), pathNot: test },
          to: { path: types.map(inside), dependencyTypesNot: ['type-only'] },
        },
      ]),
])

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'known-rooms',
      comment: 'every folder of core/src is a room of the table in this file',
      severity: 'error',
      from: { path: '^core/src/[^/]+/', pathNot: names.map(inside) },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'no module reaches itself, by types neither',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...packages.map((name) => ({
      name: `front-door-${name}`,
      comment: `other packages reach ${name} through what its package.json exports`,
      severity: 'error',
      from: { pathNot: `^${name}/` },
      to: { path: `^${name}/`, pathNot: `^${name}/src/(${fronts[name].join('|')})\\.ts$` },
    })),
    {
      name: 'core-depends-on-nothing',
      comment: "core's source imports Node's own modules and itself",
      severity: 'error',
      from: { path: '^core/src/', pathNot: [test, inside('arrow')] },
      to: { pathNot: '^core/src/', dependencyTypesNot: ['core'], couldNotResolve: false },
    },
    {
      name: 'arrow-depends-on-its-peer',
      comment: 'arrow/ imports what its optional peer stands for, besides what the rest of core may import',
      severity: 'error',
      from: { path: inside('arrow') },
      to: {
        pathNot: ['^core/src/', '^node_modules/apache-arrow/'],
        dependencyTypesNot: ['core'],
        couldNotResolve: false,
      },
    },
    {
      name: 'source-without-tests',
      comment: 'what is published imports neither tests nor what only tests need',
      severity: 'error',
      from: { path: `^(${packages.join('|')})/src/`, pathNot: test },
      to: { path: [test, '^[^/]+/test/', '^scripts/'] },
    },
    {
      name: 'resolvable',
      comment: 'every import leads somewhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@boltline/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.d.ts', '.mjs', '.js'],
    },
  },
}
