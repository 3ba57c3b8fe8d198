/** The list of the types of values that have an encoding in Bolt. A new type is a file in this folder and a line here. */

import type { Kind } from '../../values/brand.ts'
import type { WireType } from '../wire-type.ts'
import { date } from './date.ts'
import { dateTime } from './date-time.ts'
import { duration } from './duration.ts'
import { floatType } from './float.ts'
import { localDateTime } from './local-date-time.ts'
import { localTime } from './local-time.ts'
import { node } from './node.ts'
import { path } from './path.ts'
import { point } from './point.ts'
import { relationship } from './relationship.ts'
import { time } from './time.ts'
import { unsupportedType } from './unsupported-type.ts'
import { uuidType } from './uuid.ts'
import { vectorType } from './vector.ts'

const types = [
  node,
  relationship,
  path,
  point,
  date,
  time,
  localTime,
  dateTime,
  localDateTime,
  duration,
  vectorType,
  uuidType,
  floatType,
  unsupportedType,
] as const

export const wireTypes: readonly WireType[] = types

type StructureName = Extract<(typeof types)[number]['structures'][number], { name: string }>['name']

/** The tag bytes of Bolt's structures by name. */
export const tags = Object.freeze(
  Object.fromEntries(wireTypes.flatMap(({ structures }) => structures.map(({ name, tag }) => [name, tag]))),
) as Readonly<Record<StructureName, number>>

export const wireTypeByKind: ReadonlyMap<Kind, WireType> = new Map(wireTypes.map((type) => [type.kind, type]))
