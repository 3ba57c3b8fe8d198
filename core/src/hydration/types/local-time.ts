import { LocalTime } from '../../values/local-time.ts'
import { wireType } from '../wire-type.ts'

const tag = 0x74

export const localTime = wireType({
  kind: 'LocalTime',
  structures: [
    { name: 'localTime', tag, fields: 1, read: (unpacker) => LocalTime.fromNanosecondOfDay(unpacker.integer()) },
  ],
  write(packer, { nanosecondOfDay }: LocalTime) {
    packer.structureHeader(1, tag)
    packer.integer(nanosecondOfDay)
  },
})
