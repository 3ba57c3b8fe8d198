import { CypherDate } from '../../values/date.ts'
import { wireType } from '../wire-type.ts'

const tag = 0x44

export const date = wireType({
  kind: 'Date',
  structures: [{ name: 'date', tag, fields: 1, read: (unpacker) => CypherDate.fromEpochDay(unpacker.integer()) }],
  write(packer, { epochDay }: CypherDate) {
    packer.structureHeader(1, tag)
    packer.integer(epochDay)
  },
})
