import { LocalDateTime } from '../../values/local-date-time.ts'
import { wireType, writeSeconds } from '../wire-type.ts'

const tag = 0x64

export const localDateTime = wireType({
  kind: 'LocalDateTime',
  structures: [
    {
      name: 'localDateTime',
      tag,
      fields: 2,
      read: (unpacker) => LocalDateTime.fromEpochSecond(unpacker.identity(), unpacker.integer()),
    },
  ],
  write(packer, { epochSecond, nanosecond }: LocalDateTime) {
    packer.structureHeader(2, tag)
    writeSeconds(packer, epochSecond)
    packer.integer(nanosecond)
  },
})
