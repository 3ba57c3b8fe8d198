import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { CartesianPoint, Point, WGS84Point } from './point.ts'

describe('a point', () => {
  it.each([
    [new CartesianPoint(1, 2.5), 7203, undefined],
    [new CartesianPoint(1, 2.5, 3), 9157, 3],
    [new WGS84Point(1, 2.5), 4326, undefined],
    [new WGS84Point(1, 2.5, 3), 4979, 3],
    [new Point(1234, 1, 2.5), 1234, undefined],
  ])('%s has the coordinates and the number of its system', (point, srid, z) => {
    expect([point.srid, point.x, point.y, point.z]).toEqual([srid, 1, 2.5, z])
    const again = Point.fromSrid(srid, 1, 2.5, z)
    expect(again).toEqual(point)
    expect(again.constructor).toBe(point.constructor)
    expect(again.equals(point)).toBe(true)
  })

  it('on Earth has longitude, latitude and height', () => {
    const place = new WGS84Point(18.07, 59.33, 28)
    expect([place.longitude, place.latitude, place.height]).toEqual([18.07, 59.33, 28])
    expect(new WGS84Point(18.07, 59.33).height).toBeUndefined()
  })

  it('keeps a number of dimensions its system does not have', () => {
    expect(Point.fromSrid(7203, 1, 2, 3)).toMatchObject({ srid: 7203, z: 3 })
    expect(Point.fromSrid(7203, 1, 2, 3)).not.toBeInstanceOf(CartesianPoint)
  })

  it('equals a point of the same system and coordinates', () => {
    expect(new CartesianPoint(1, 2).equals(new Point(7203, 1, 2))).toBe(true)
    expect(new CartesianPoint(1, 2).equals(new WGS84Point(1, 2))).toBe(false)
    expect(new CartesianPoint(1, 2).equals(new CartesianPoint(1, 2, 0))).toBe(false)
    expect(new CartesianPoint(Number.NaN, 0).equals(new CartesianPoint(Number.NaN, -0))).toBe(true)
    expect(new CartesianPoint(1, 2).equals({ srid: 7203, x: 1, y: 2 })).toBe(false)
  })

  it('refuses what is no coordinate, by name', () => {
    expect(() => new CartesianPoint('1' as never, 2)).toThrow(new RangeError("x must be a number, found '1'"))
    expect(() => new CartesianPoint(1, undefined as never)).toThrow('y must be a number, found undefined')
    expect(() => new CartesianPoint(1, 2, 3n as never)).toThrow('z must be a number, found 3n')
    expect(() => new Point(1.5, 1, 2)).toThrow('srid must be an integer')
  })

  it('is a plain object in JSON and readable in print', () => {
    expect(JSON.stringify([new CartesianPoint(1, Number.NaN), new WGS84Point(1, 2, 3)])).toBe(
      '[{"srid":7203,"x":1,"y":null},{"srid":4979,"x":1,"y":2,"z":3}]',
    )
    expect(inspect(new WGS84Point(18.07, 59.33))).toBe('WGS84Point (18.07, 59.33) srid 4326')
    expect(String(new CartesianPoint(1, 2))).toBe('point({srid: 7203, x: 1, y: 2})')
    expect(() => Object.assign(new CartesianPoint(1, 2), { x: 0 })).toThrow(TypeError)
  })
})
