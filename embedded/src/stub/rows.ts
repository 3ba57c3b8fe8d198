/** Converts rows and summaries of scripts into the fields of Bolt messages. */

/** A row: values by key. */
export type Row = Readonly<Record<string, unknown>>

/** The summary fields of a scripted answer. */
export interface SummaryFields {
  /** The keys, in order. Default: those of the first row; needed when there are no rows. */
  readonly keys?: readonly string[]
  readonly type?: 'r' | 'rw' | 'w' | 's'
  /** Counters by the names of the driver's API: `{ nodesCreated: 1 }`. */
  readonly counters?: Readonly<Record<string, number | boolean>>
  readonly notifications?: readonly Readonly<Record<string, unknown>>[]
  readonly plan?: Readonly<Record<string, unknown>>
  readonly profile?: Readonly<Record<string, unknown>>
  readonly database?: string
  readonly bookmark?: string
}

export function keysOf(rows: readonly Row[]): readonly string[] {
  return Object.keys(rows[0] ?? {})
}

/** @throws TypeError for a row with other keys, whose values would otherwise end up under wrong keys */
export function valuesOf(keys: readonly string[], row: Row): readonly unknown[] {
  const own = Object.keys(row)
  if (own.length !== keys.length || own.some((key) => !keys.includes(key))) {
    throw new TypeError(`A row has the keys ${own.join(', ')}, but the answer's keys are ${keys.join(', ')}`)
  }
  return keys.map((key) => row[key])
}

export function summaryMetadata(end: SummaryFields): Record<string, unknown> {
  const metadata: Record<string, unknown> = { type: end.type ?? (end.counters === undefined ? 'r' : 'rw') }
  if (end.counters !== undefined) metadata['stats'] = kebab(end.counters)
  if (end.notifications !== undefined) metadata['notifications'] = end.notifications
  if (end.plan !== undefined) metadata['plan'] = end.plan
  if (end.profile !== undefined) metadata['profile'] = end.profile
  if (end.database !== undefined) metadata['db'] = end.database
  if (end.bookmark !== undefined) metadata['bookmark'] = end.bookmark
  return metadata
}

/** `nodesCreated` is `nodes-created` on the wire. */
function kebab(counters: Readonly<Record<string, number | boolean>>): Record<string, number | boolean> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  )
}
