/** The limits of what is packed and unpacked. */
export const limits = {
  /** Deepest nesting of lists, maps and structures; the same for packing and for unpacking. */
  nesting: 1_000,
  /** Largest message, in bytes: the limit for packing, and the default for received messages. */
  messageBytes: 512 * 1024 * 1024,
  /** How many values one message may hold unless set otherwise, counted by {@link costs}. */
  messageValues: 20_000_000,
  /** How many structures of one message may be malformed: each costs an error object. */
  brokenStructures: 1_000,
} as const

/** Fixed limits for messages received before the login has succeeded, for drivers and servers. */
export const loginLimits = {
  /** The answers to HELLO and LOGON take some hundred bytes; a long error text has room. */
  messageBytes: 64 * 1024,
  messageValues: 4_000,
} as const

/**
 * How values count towards the limit of a message. A scalar counts as one. A container takes memory beyond its elements, and an entry
 * of a map takes memory for its key and its place in the map.
 */
export const costs = {
  /** Of a list, map or structure, besides its elements. */
  container: 8,
  /** Of an entry of a map, its value included. */
  entry: 4,
} as const
