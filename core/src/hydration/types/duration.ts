import { Duration } from '../../values/duration.ts'
import { wireType } from '../wire-type.ts'

const tag = 0x45

export const duration = wireType({
  kind: 'Duration',
  structures: [
    {
      name: 'duration',
      tag,
      fields: 4,
      read: (unpacker) =>
        new Duration({
          months: unpacker.identity(),
          days: unpacker.identity(),
          seconds: unpacker.identity(),
          nanoseconds: unpacker.integer(),
        }),
    },
  ],
  write(packer, value: Duration) {
    packer.structureHeader(4, tag)
    const { months, days, seconds, nanoseconds } = value.exact
    for (const component of [months, days, seconds, nanoseconds]) packer.bigint(component)
  },
})
