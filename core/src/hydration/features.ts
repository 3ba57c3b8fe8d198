/** The columns of a Bolt version's row that reading and writing values needs; the others are in `bolt/versions.ts`. */
export interface WireFeatures {
  readonly major: number
  readonly minor: number
  /** Entities carry element ids (5.0). */
  readonly elementIds: boolean
  /** Date-times travel in UTC without being asked for (5.0). */
  readonly utc: boolean
  /** Vectors and the Unsupported structure (6.0). */
  readonly vectors: boolean
  /** PackStream knows UUIDs (6.1). */
  readonly uuids: boolean
}
