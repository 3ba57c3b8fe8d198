// A query that is never done, for tests of time limits: it takes time alone, where counting over large ranges takes a gigabyte
// of the embedded graph's memory a second, which has a limit of its own.

/** How many nodes `endless` makes. */
export const endlessNodes = 300

/**
 * What makes the nodes, and the query over all their combinations.
 * @param {string} label of the nodes
 */
export function endless(label) {
  const pattern = ['a', 'b', 'c', 'd'].map((name) => `(${name}:${label})`).join(', ')
  return {
    nodes: `UNWIND range(1, ${endlessNodes}) AS i CREATE (:${label} {i: i})`,
    query: `MATCH ${pattern} WHERE a.i + b.i + c.i = d.i * 7 RETURN count(*)`,
  }
}
