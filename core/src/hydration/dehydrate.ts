/**
 * Packs values of the API as structures, for the Bolt version of the connection. A value that this version can't express is
 * refused before anything is sent. Values are recognised by their brand, also if another copy of this package made them.
 */

import { types } from 'node:util'
import { ConfigurationError } from '../errors/index.ts'
import type { Packer, StructureWriter } from '../packstream/pack.ts'
import type { CypherDate } from '../values/date.ts'
import { DateTime } from '../values/date-time.ts'
import type { Duration } from '../values/duration.ts'
import type { Float } from '../values/float.ts'
import { brandOf } from '../values/guards.ts'
import type { LocalDateTime } from '../values/local-date-time.ts'
import type { LocalTime } from '../values/local-time.ts'
import type { Point } from '../values/point.ts'
import { fromTemporal } from '../values/temporal-interop.ts'
import type { Time } from '../values/time.ts'
import type { Uuid } from '../values/uuid.ts'
import type { Vector } from '../values/vector.ts'
import type { WireFeatures } from './features.ts'
import { tags } from './tags.ts'
import { vectorBytes } from './vector.ts'

export class Dehydrator implements StructureWriter {
  /** Whether date-times travel in UTC; on 4.3 and 4.4 that is known after HELLO. */
  utc: boolean
  readonly #version: WireFeatures

  constructor(version: WireFeatures) {
    this.#version = version
    this.utc = version.utc
  }

  write(packer: Packer, value: object): boolean {
    const brand = brandOf(value)
    if (brand !== undefined) {
      this.#branded(packer, brand, value)
      return true
    }
    if (types.isDate(value)) {
      if (Number.isNaN(value.getTime())) throw packer.refuse('is an invalid Date')
      this.#dateTime(packer, DateTime.from(value))
      return true
    }
    const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
    if (typeof tag !== 'string' || !tag.startsWith('Temporal.')) return false
    const converted = fromTemporal(value)
    if (converted === null) throw packer.refuse(`is a ${tag}, which has no Cypher type; pass a date or an integer`)
    return this.write(packer, converted)
  }

  #branded(packer: Packer, brand: string, value: object): void {
    switch (brand) {
      case 'Date':
        packer.structureHeader(1, tags.date)
        return packer.integer((value as CypherDate).epochDay)
      case 'Time':
        packer.structureHeader(2, tags.time)
        packer.integer((value as Time).nanosecondOfDay)
        return packer.integer((value as Time).utcOffsetSeconds)
      case 'LocalTime':
        packer.structureHeader(1, tags.localTime)
        return packer.integer((value as LocalTime).nanosecondOfDay)
      case 'LocalDateTime':
        packer.structureHeader(2, tags.localDateTime)
        seconds(packer, (value as LocalDateTime).epochSecond)
        return packer.integer((value as LocalDateTime).nanosecond)
      case 'DateTime':
        return this.#dateTime(packer, value as DateTime)
      case 'Duration':
        return duration(packer, value as Duration)
      case 'Point':
        return point(packer, value as Point)
      case 'Float':
        return packer.float((value as Float).value)
      case 'Vector':
        if (!this.#version.vectors) throw this.#tooOld(packer, 'a Vector', '6.0 (Neo4j 2025.10)')
        return writeVector(packer, value as Vector)
      case 'Uuid':
        if (!this.#version.uuids) throw this.#tooOld(packer, 'a Uuid', '6.1 (Neo4j 2026)')
        return packer.marked(0xe0, (value as Uuid).bytes)
      case 'Node':
      case 'Relationship':
      case 'Path':
        throw packer.refuse(`is a ${brand}, which can't be a parameter; pass its elementId or its properties`)
    }
    throw packer.refuse(`is a ${brand}, which can't be a parameter`)
  }

  #dateTime(packer: Packer, value: DateTime): void {
    const named = value.timeZone !== null
    if (this.utc) {
      packer.structureHeader(3, named ? tags.dateTimeZoneId : tags.dateTime)
      seconds(packer, value.epochSecond)
    } else {
      packer.structureHeader(3, named ? tags.legacyDateTimeZoneId : tags.legacyDateTime)
      seconds(packer, value.localEpochSecond)
    }
    packer.integer(value.nanosecond)
    if (value.timeZone !== null) packer.string(value.timeZone)
    else packer.integer(value.utcOffsetSeconds)
  }

  #tooOld(packer: Packer, what: string, needed: string): Error {
    return packer.refuse(
      `is ${what}, which needs Bolt ${needed} or newer; the server speaks Bolt ${this.#version.major}.${this.#version.minor}`,
      (refusal, path) => new ConfigurationError(`${path} ${refusal}`),
    )
  }
}

/** Packs seconds; a bigint for years so far away that a double is not exact. */
function seconds(packer: Packer, value: number | bigint): void {
  if (typeof value === 'bigint') packer.bigint(value)
  else packer.integer(value)
}

function duration(packer: Packer, value: Duration): void {
  packer.structureHeader(4, tags.duration)
  const { months, days, seconds, nanoseconds } = value.exact
  for (const component of [months, days, seconds, nanoseconds]) packer.bigint(component)
}

function point(packer: Packer, value: Point): void {
  const flat = value.z === undefined || value.z === null
  packer.structureHeader(flat ? 3 : 4, flat ? tags.point2d : tags.point3d)
  packer.integer(value.srid)
  packer.float(value.x)
  packer.float(value.y)
  if (!flat) packer.float(value.z as number)
}

function writeVector(packer: Packer, value: Vector): void {
  const [type, data] = vectorBytes(value.values)
  packer.structureHeader(2, tags.vector)
  packer.bytes(type)
  packer.bytes(data)
}
