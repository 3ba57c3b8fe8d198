/** The tag bytes of Bolt's structures (Bolt specification, "Structure semantics"). */
export const tags = {
  node: 0x4e,
  relationship: 0x52,
  unboundRelationship: 0x72,
  path: 0x50,
  date: 0x44,
  time: 0x54,
  localTime: 0x74,
  localDateTime: 0x64,
  /** UTC seconds and an offset: from 5.0 on, or where the UTC patch was agreed upon. */
  dateTime: 0x49,
  dateTimeZoneId: 0x69,
  /** Local seconds and an offset: up to 4.4 without the patch. */
  legacyDateTime: 0x46,
  legacyDateTimeZoneId: 0x66,
  duration: 0x45,
  point2d: 0x58,
  point3d: 0x59,
  vector: 0x56,
  unsupported: 0x3f,
} as const
