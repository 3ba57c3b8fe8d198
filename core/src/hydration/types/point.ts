import { Point } from '../../values/point.ts'
import { wireType } from '../wire-type.ts'

const tags = { flat: 0x58, spatial: 0x59 }

export const point = wireType({
  kind: 'Point',
  structures: [
    {
      name: 'point2d',
      tag: tags.flat,
      fields: 3,
      read: (unpacker) => Point.fromSrid(unpacker.integer(), unpacker.float(), unpacker.float()),
    },
    {
      name: 'point3d',
      tag: tags.spatial,
      fields: 4,
      read: (unpacker) => Point.fromSrid(unpacker.integer(), unpacker.float(), unpacker.float(), unpacker.float()),
    },
  ],
  write(packer, { srid, x, y, z }: Point) {
    const flat = z === undefined || z === null
    packer.structureHeader(flat ? 3 : 4, flat ? tags.flat : tags.spatial)
    packer.integer(srid)
    packer.float(x)
    packer.float(y)
    if (!flat) packer.float(z)
  },
})
