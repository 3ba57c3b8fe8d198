/**
 * Reads the types of a result's columns from the schema at the head of an Arrow stream. The engine's plain rows don't distinguish
 * `1` from `1.0` or a date from text; the schema does, for columns, list elements and map values of a single kind.
 */

export type ColumnKind = 'integer' | 'float' | 'date' | 'time' | 'timestamp' | 'list' | 'map' | 'text' | 'other'

export interface ColumnType {
  readonly name: string
  readonly kind: ColumnKind
  /** The type of a list's elements or of a map's values. */
  readonly children: readonly ColumnType[]
}

/** Arrow's type numbers. */
const kinds: Readonly<Record<number, ColumnKind>> = {
  2: 'integer',
  3: 'float',
  5: 'text',
  8: 'date',
  9: 'time',
  10: 'timestamp',
  12: 'list',
  13: 'map',
}

// Slots of the tables in Arrow's format.
const message = { header: 2 }
const schema = { fields: 1 }
const field = { name: 0, typeNumber: 2, children: 5 }

/** Returns the types in the order of the columns. */
export function columnTypes(bytes: Uint8Array): ColumnType[] {
  const buffers = new FlatBuffer(bytes)
  const root = buffers.follow(0)
  const head = buffers.table(root, message.header)
  return head === null ? [] : readFields(buffers, head, schema.fields)
}

function readFields(buffers: FlatBuffer, table: number, slot: number): ColumnType[] {
  return buffers.tables(table, slot).map((each) => ({
    name: buffers.text(each, field.name),
    kind: kinds[buffers.byte(each, field.typeNumber)] ?? 'other',
    children: readFields(buffers, each, field.children),
  }))
}

/** Reads the parts of the FlatBuffers format that a schema uses: tables, their slots, vectors of tables, text. */
class FlatBuffer {
  readonly #view: DataView
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  follow(at: number): number {
    return at + this.#view.getUint32(at, true)
  }

  /** The position of a slot's value; null for an absent slot. */
  #slot(table: number, slot: number): number | null {
    const layout = table - this.#view.getInt32(table, true)
    const at = 4 + 2 * slot
    if (at >= this.#view.getUint16(layout, true)) return null
    const offset = this.#view.getUint16(layout + at, true)
    return offset === 0 ? null : table + offset
  }

  byte(table: number, slot: number): number {
    const at = this.#slot(table, slot)
    return at === null ? 0 : this.#view.getUint8(at)
  }

  table(table: number, slot: number): number | null {
    const at = this.#slot(table, slot)
    return at === null ? null : this.follow(at)
  }

  tables(table: number, slot: number): number[] {
    const vector = this.table(table, slot)
    if (vector === null) return []
    const length = this.#view.getUint32(vector, true)
    return Array.from({ length }, (_, i) => this.follow(vector + 4 + 4 * i))
  }

  text(table: number, slot: number): string {
    const at = this.table(table, slot)
    if (at === null) return ''
    const length = this.#view.getUint32(at, true)
    return Buffer.from(this.#bytes.subarray(at + 4, at + 4 + length)).toString('utf8')
  }
}
