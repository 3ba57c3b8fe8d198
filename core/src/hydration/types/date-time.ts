/**
 * Date-times have four structures: with an offset or a zone id, in UTC seconds (from Bolt 5.0 on, or where the UTC patch was agreed
 * upon) or in local seconds.
 */

import type { Packer } from '../../packstream/pack.ts'
import type { Unpacker } from '../../packstream/unpack.ts'
import { DateTime } from '../../values/date-time.ts'
import { type WireContext, wireType, writeSeconds } from '../wire-type.ts'

const tags = { utc: { offset: 0x49, zone: 0x69 }, local: { offset: 0x46, zone: 0x66 } }

export const dateTime = wireType({
  kind: 'DateTime',
  structures: [
    { name: 'dateTime', tag: tags.utc.offset, fields: 3, utc: true, read: withOffset },
    { name: 'dateTimeZoneId', tag: tags.utc.zone, fields: 3, utc: true, read: withZone },
    { name: 'legacyDateTime', tag: tags.local.offset, fields: 3, utc: false, read: withOffset },
    { name: 'legacyDateTimeZoneId', tag: tags.local.zone, fields: 3, utc: false, read: withZone },
  ],
  write: writeDateTime,
})

export function writeDateTime(packer: Packer, value: DateTime, { utc }: WireContext): void {
  const { timeZone } = value
  packer.structureHeader(3, tags[utc ? 'utc' : 'local'][timeZone === null ? 'offset' : 'zone'])
  writeSeconds(packer, utc ? value.epochSecond : value.localEpochSecond)
  packer.integer(value.nanosecond)
  if (timeZone !== null) packer.string(timeZone)
  else packer.integer(value.utcOffsetSeconds)
}

function withOffset(unpacker: Unpacker, context: WireContext): DateTime {
  const second = unpacker.identity()
  const nanosecond = unpacker.integer()
  return fromSeconds(context, second, nanosecond, { utcOffsetSeconds: unpacker.integer() })
}

function withZone(unpacker: Unpacker, context: WireContext): DateTime {
  const second = unpacker.identity()
  const nanosecond = unpacker.integer()
  return fromSeconds(context, second, nanosecond, { timeZone: unpacker.text() })
}

function fromSeconds(
  { utc }: WireContext,
  second: number | bigint,
  nanosecond: number,
  zone: { utcOffsetSeconds: number } | { timeZone: string },
): DateTime {
  return utc
    ? DateTime.fromEpochSecond(second, nanosecond, zone)
    : DateTime.fromLocalEpochSecond(second, nanosecond, zone)
}
