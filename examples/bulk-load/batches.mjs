/**
 * The rows in groups, made when they are needed: neither all rows nor all groups are in memory at once.
 *
 * @template T
 * @param {Iterable<T>} rows
 * @param {number} size
 */
export function* batches(rows, size) {
  /** @type {T[]} */
  let batch = []
  for (const row of rows) {
    batch.push(row)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
