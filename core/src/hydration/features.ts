/** The features of a Bolt version that affect hydration and packing; the others are in `bolt/versions.ts`. */
export interface WireFeatures {
  readonly major: number
  readonly minor: number
  /** Entities carry element ids (5.0). */
  readonly elementIds: boolean
  /** Date-times are sent in UTC without `patch_bolt` (5.0). */
  readonly utc: boolean
  /** Vectors and the Unsupported structure (6.0). */
  readonly vectors: boolean
  /** PackStream knows UUIDs (6.1). */
  readonly uuids: boolean
}
