// The tables and diagrams of rooms in ARCHITECTURE.md, generated from the table between two markers per package:
// `<!-- rooms of core -->` and `<!-- end of rooms -->`.

import { packages, permissionsOf } from './table.mjs'

/** @typedef {import('./table.mjs').PackageRooms} PackageRooms */

/** @param {string} room */
const shown = (room) => (room.endsWith('.ts') ? `\`${room}\`` : `\`${room}/\``)

/** @param {PackageRooms} table @returns {string[]} rows of a Markdown table */
function tableOf({ entries, rooms }) {
  return [
    '| room | purpose | may import |',
    '| --- | --- | --- |',
    ...Object.entries(entries).map(([file, purpose]) => `| \`${file}\` | ${purpose} | any |`),
    ...Object.entries(rooms).map(([room, row]) => {
      const permissions = permissionsOf(row).map(({ name, typesOnly }) => (typesOnly ? `${name} (types)` : name))
      return `| ${shown(room)} | ${row.purpose} | ${permissions.join(', ') || 'nothing'} |`
    }),
  ]
}

/** A node's name in a diagram: some rooms are called like a keyword of Mermaid. @param {string} room */
const node = (room) => `${room.replace('.', '_')}_`

/** @param {string} room */
const labelled = (room) => `${node(room)}["${room}"]`

/** @param {PackageRooms} table @returns {string[]} a Mermaid flowchart; dotted arrows are imports of types alone */
function diagramOf({ rooms }) {
  const drawn = Object.entries(rooms).filter(([, { leaf }]) => leaf !== true)
  const leaves = Object.keys(rooms).filter((room) => rooms[room]?.leaf === true)
  return [
    '```mermaid',
    'flowchart TD',
    ...drawn.map(([room]) => `  ${labelled(room)}`),
    ...drawn.flatMap(([room, row]) =>
      permissionsOf(row)
        .filter(({ name }) => rooms[name]?.leaf !== true)
        .map(({ name, typesOnly }) => `  ${node(room)} ${typesOnly ? '-.->' : '-->'} ${node(name)}`),
    ),
    ...(leaves.length === 0
      ? []
      : ['  subgraph leaves', '    direction LR', ...leaves.map((room) => `    ${labelled(room)}`), '  end']),
    '```',
  ]
}

/** @param {PackageRooms} table */
function sectionOf(table) {
  const diagram = Object.keys(table.rooms).length > 1 ? ['', ...diagramOf(table)] : []
  return [...tableOf(table), ...diagram].join('\n')
}

/**
 * @param {string} document ARCHITECTURE.md
 * @param {Readonly<Record<string, PackageRooms>>} table
 * @returns {string} the document with the sections that the table describes
 */
export function withRooms(document, table = packages) {
  return Object.entries(table).reduce((text, [owner, rooms]) => {
    const [start, end] = [`<!-- rooms of ${owner} -->`, '<!-- end of rooms -->']
    const from = text.indexOf(start)
    const to = text.indexOf(end, from)
    if (from < 0 || to < 0) throw new Error(`ARCHITECTURE.md lacks the markers ${start} and ${end}`)
    return `${text.slice(0, from + start.length)}\n\n${sectionOf(rooms)}\n\n${text.slice(to)}`
  }, document)
}
