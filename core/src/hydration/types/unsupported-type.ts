import { UnsupportedType } from '../../values/unsupported-type.ts'
import { wireType } from '../wire-type.ts'

export const unsupportedType = wireType({
  kind: 'UnsupportedType',
  since: { feature: 'vectors', version: '6.0 (Neo4j 2025.10)' },
  structures: [
    {
      name: 'unsupported',
      tag: 0x3f,
      fields: 4,
      read(unpacker) {
        const name = unpacker.text()
        const minimumProtocol = [unpacker.integer(), unpacker.integer()] as const
        const message = unpacker.map()['message']
        return new UnsupportedType(name, minimumProtocol, typeof message === 'string' ? message : null)
      },
    },
  ],
})
