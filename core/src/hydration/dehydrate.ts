/**
 * Packs values of the API as structures, for the Bolt version of the connection. A value that this version can't express is
 * refused before anything is sent. Values are recognised by their brand, also if another copy of this package made them.
 */

import { types } from 'node:util'
import { ConfigurationError } from '../errors/index.ts'
import type { Packer, StructureWriter } from '../packstream/pack.ts'
import { brandOf, type Kind } from '../values/brand.ts'
import { DateTime } from '../values/date-time.ts'
import { fromTemporal } from '../values/temporal-interop.ts'
import type { WireFeatures } from './features.ts'
import { writeDateTime } from './types/date-time.ts'
import { wireTypeByKind } from './types/index.ts'
import type { WireContext } from './wire-type.ts'

export class Dehydrator implements StructureWriter, WireContext {
  utc: boolean
  readonly version: WireFeatures

  constructor(version: WireFeatures) {
    this.version = version
    this.utc = version.utc
  }

  write(packer: Packer, value: object): boolean {
    const kind = brandOf(value)
    if (kind !== undefined) {
      this.#branded(packer, kind, value)
      return true
    }
    if (types.isDate(value)) {
      if (Number.isNaN(value.getTime())) throw packer.refuse('is an invalid Date')
      writeDateTime(packer, DateTime.from(value), this)
      return true
    }
    const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
    if (typeof tag !== 'string' || !tag.startsWith('Temporal.')) return false
    const converted = fromTemporal(value)
    if (converted === null) throw packer.refuse(`is a ${tag}, which has no Cypher type; pass a date or an integer`)
    return this.write(packer, converted)
  }

  #branded(packer: Packer, kind: Kind, value: object): void {
    const { write, since, instead } = wireTypeByKind.get(kind) ?? {}
    if (write === undefined) {
      const advice = instead === undefined ? '' : `; pass ${instead}`
      throw packer.refuse(`is a ${kind}, which can't be a parameter${advice}`)
    }
    if (since !== undefined && !this.version[since.feature]) {
      const { major, minor } = this.version
      throw packer.refuse(
        `is a ${kind}, which needs Bolt ${since.version} or newer; the server speaks Bolt ${major}.${minor}`,
        (refusal, path) => new ConfigurationError(`${path} ${refusal}`),
      )
    }
    write(packer, value as never, this)
  }
}
