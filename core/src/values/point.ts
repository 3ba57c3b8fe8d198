import type { InspectOptionsStylized } from 'node:util'
import { type Depth, inspection } from '../platform/inspection.ts'
import { brand, brandOf } from './brand.ts'
import { integerIn, numberIn } from './fields.ts'
import { toJsonValue } from './json.ts'

const CARTESIAN_2D = 7203
const CARTESIAN_3D = 9157
const WGS84_2D = 4326
const WGS84_3D = 4979

const LARGEST_SRID = 2 ** 31 - 1

/**
 * A Cypher POINT in any coordinate reference system, in two or three dimensions. Immutable. For the systems Cypher
 * names, {@link CartesianPoint} and {@link WGS84Point} know the number.
 *
 * @example
 * ```ts
 * const point = new Point(7203, 1, 2.5)
 * point.z     // undefined: it has two dimensions
 * ```
 */
export class Point {
  /** The number of the coordinate reference system. */
  readonly srid: number
  readonly x: number
  readonly y: number
  /** Undefined in two dimensions. */
  readonly z: number | undefined

  /** Raises `RangeError` naming the coordinate that is not a number. */
  constructor(srid: number, x: number, y: number, z?: number | null) {
    this.srid = integerIn(srid, 'srid', 0, LARGEST_SRID)
    this.x = numberIn(x, 'x')
    this.y = numberIn(y, 'y')
    this.z = z === undefined || z === null ? undefined : numberIn(z, 'z')
    Object.freeze(this)
  }

  static {
    brand(Point, 'Point')
  }

  /** The point of the class that stands for the system: Cartesian, WGS 84 or, for any other, `Point`. */
  static fromSrid(srid: number, x: number, y: number, z?: number | null): Point {
    const isFlat = z === undefined || z === null
    if (srid === (isFlat ? CARTESIAN_2D : CARTESIAN_3D)) return new CartesianPoint(x, y, z)
    if (srid === (isFlat ? WGS84_2D : WGS84_3D)) return new WGS84Point(x, y, z)
    return new Point(srid, x, y, z)
  }

  /** Whether `other` is a point of the same system and coordinates; NaN equals NaN. */
  equals(other: unknown): boolean {
    if (brandOf(other) !== 'Point') return false
    const { srid, x, y, z } = other as Point
    return srid === this.srid && isSame(x, this.x) && isSame(y, this.y) && isSame(z, this.z)
  }

  /** `{ srid, x, y }`, and `z` in three dimensions. */
  toJSON(): { srid: number; x: unknown; y: unknown; z?: unknown } {
    const flat = { srid: this.srid, x: toJsonValue(this.x), y: toJsonValue(this.y) }
    return this.z === undefined ? flat : { ...flat, z: toJsonValue(this.z) }
  }

  /** As Cypher writes points of any system: `point({srid: 7203, x: 1, y: 2.5})`. */
  toString(): string {
    const z = this.z === undefined ? '' : `, z: ${this.z}`
    return `point({srid: ${this.srid}, x: ${this.x}, y: ${this.y}${z}})`
  }

  [inspection](_depth: Depth, options: InspectOptionsStylized): string {
    const coordinates = [this.x, this.y, ...(this.z === undefined ? [] : [this.z])]
    const numbers = coordinates.map((coordinate) => options.stylize(String(coordinate), 'number')).join(', ')
    return `${this.constructor.name} (${numbers}) srid ${this.srid}`
  }
}

/** A point of the Cartesian system: SRID 7203 in two dimensions, 9157 in three. */
export class CartesianPoint extends Point {
  constructor(x: number, y: number, z?: number | null) {
    super(z === undefined || z === null ? CARTESIAN_2D : CARTESIAN_3D, x, y, z)
  }
}

/** A place on Earth in WGS 84: SRID 4326 in two dimensions, 4979 in three. Mind the order: longitude comes first. */
export class WGS84Point extends Point {
  constructor(longitude: number, latitude: number, height?: number | null) {
    super(height === undefined || height === null ? WGS84_2D : WGS84_3D, longitude, latitude, height)
  }

  /** Degrees east; the same as `x`. */
  get longitude(): number {
    return this.x
  }

  /** Degrees north; the same as `y`. */
  get latitude(): number {
    return this.y
  }

  /** Metres above the ellipsoid; the same as `z`, undefined in two dimensions. */
  get height(): number | undefined {
    return this.z
  }
}

function isSame(a: number | undefined, b: number | undefined): boolean {
  return a === b || Object.is(a, b)
}
