import { Time } from '../../values/time.ts'
import { wireType } from '../wire-type.ts'

const tag = 0x54

export const time = wireType({
  kind: 'Time',
  structures: [
    {
      name: 'time',
      tag,
      fields: 2,
      read: (unpacker) => Time.fromNanosecondOfDay(unpacker.integer(), unpacker.integer()),
    },
  ],
  write(packer, { nanosecondOfDay, utcOffsetSeconds }: Time) {
    packer.structureHeader(2, tag)
    packer.integer(nanosecondOfDay)
    packer.integer(utcOffsetSeconds)
  },
})
