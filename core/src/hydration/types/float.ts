import type { Float } from '../../values/float.ts'
import { wireType } from '../wire-type.ts'

/** A server's FLOAT is decoded as a number; the class marks whole numbers that are sent as FLOAT. */
export const floatType = wireType({
  kind: 'Float',
  structures: [],
  write: (packer, { value }: Float) => packer.float(value),
})
