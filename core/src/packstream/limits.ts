/** What either side may claim before it is refused. The same limits hold for packing and for unpacking. */
export const limits = {
  /** Deepest nesting of lists, maps and structures. */
  nesting: 1_000,
  /** Largest message, in bytes, that is put together from chunks. */
  messageBytes: 512 * 1024 * 1024,
} as const
