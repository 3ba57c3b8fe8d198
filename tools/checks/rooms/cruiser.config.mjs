// The configuration of dependency-cruiser, with the import rules generated from the table of rooms.

import { packages, permissionsOf } from './table.mjs'

const test = '\\.test\\.ts$'
const names = Object.keys(packages)

/** @param {string} text */
const escaped = (text) => text.replaceAll('.', '\\.')

/** The pattern of a room's files. @param {string} owner @param {string} room */
const inside = (owner, room) => (room.endsWith('.ts') ? `^${owner}/src/${escaped(room)}$` : `^${owner}/src/${room}/`)

/** @param {string} room as the names of rules contain it */
const ruleName = (room) => room.replace(/\.ts$/, '')

/** @param {string} owner @param {import('./table.mjs').PackageRooms} table */
function rulesOfPackage(owner, { packages: others, rooms }) {
  return [
    ...Object.entries(rooms).flatMap(([room, row]) => {
      const permissions = permissionsOf(row)
      const types = permissions.filter(({ typesOnly }) => typesOnly).map(({ name }) => name)
      const list = permissions.map(({ name, typesOnly }) => (typesOnly ? `types of ${name}` : name)).join(', ')
      return [
        {
          name: `room-${owner}-${ruleName(room)}`,
          comment: `${owner}/src/${room} may import ${list || 'no other room'}`,
          severity: 'error',
          from: { path: inside(owner, room), pathNot: test },
          to: {
            path: `^${owner}/src/`,
            pathNot: [room, ...permissions.map(({ name }) => name)].map((name) => inside(owner, name)),
          },
        },
        ...(types.length === 0
          ? []
          : [
              {
                name: `room-${owner}-${ruleName(room)}-types-only`,
                comment: `${owner}/src/${room} may import types of ${types.join(', ')}, nothing that exists at run time`,
                severity: 'error',
                from: { path: inside(owner, room), pathNot: test },
                to: { path: types.map((name) => inside(owner, name)), dependencyTypesNot: ['type-only'] },
              },
            ]),
      ]
    }),
    {
      name: `known-rooms-${owner}`,
      comment: `every folder of ${owner}/src is a room of the table`,
      severity: 'error',
      from: {
        path: `^${owner}/src/[^/]+/`,
        ...(Object.keys(rooms).length === 0 ? {} : { pathNot: Object.keys(rooms).map((room) => inside(owner, room)) }),
      },
      to: {},
    },
    {
      name: `packages-${owner}`,
      comment: `${owner} may import ${Object.keys(others).join(', ') || 'no other package'}, as its row says`,
      severity: 'error',
      from: { path: `^${owner}/src/`, pathNot: test },
      to: {
        path: names.filter((name) => name !== owner).map((name) => `^${name}/`),
        ...(Object.keys(others).length === 0
          ? {}
          : {
              pathNot: Object.entries(others).flatMap(([name, files]) =>
                files.map((file) => `^${name}/src/${escaped(file)}$`),
              ),
            }),
      },
    },
    {
      name: `front-door-${owner}`,
      comment: `other packages reach ${owner} through what its package.json exports`,
      severity: 'error',
      from: { pathNot: `^${owner}/` },
      to: {
        path: `^${owner}/`,
        pathNot: packages[owner]?.exported.map((file) => `^${owner}/src/${escaped(file)}$`),
      },
    },
  ]
}

export default {
  forbidden: [
    ...Object.entries(packages).flatMap(([name, table]) => rulesOfPackage(name, table)),
    {
      name: 'no-cycles',
      comment: 'no module reaches itself, not even through types',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-depends-on-nothing',
      comment: "core's source imports Node's own modules and itself",
      severity: 'error',
      from: { path: '^core/src/', pathNot: [test, inside('core', 'arrow')] },
      to: { pathNot: '^core/src/', dependencyTypesNot: ['core'], couldNotResolve: false },
    },
    {
      name: 'arrow-depends-on-its-peer',
      comment: 'arrow/ imports its optional peer, besides what the rest of core may import',
      severity: 'error',
      from: { path: inside('core', 'arrow') },
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
      from: { path: `^(${names.join('|')})/src/`, pathNot: test },
      to: { path: [test, '^[^/]+/test/', '^(scripts|tools)/'] },
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
