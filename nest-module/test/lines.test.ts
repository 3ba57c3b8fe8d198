import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { BoltlineClient } from '@boltline/nestjs'
import { Injectable } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'
import { expect, it } from 'vitest'

@Injectable()
class Service {
  readonly client: BoltlineClient

  constructor(client: BoltlineClient) {
    this.client = client
  }
}

it('runs on the line of Nest that it is meant to, with the metadata that the compiler emits', () => {
  expect(Reflect.getMetadata('design:paramtypes', Service)).toEqual([BoltlineClient])
  const line = process.env['BOLTLINE_NEST_LINE'] ?? '12'
  const folder = line === '12' ? import.meta.url : new URL(`lines/nest-${line}/`, import.meta.url)
  const { resolve } = createRequire(folder)
  const manifest = JSON.parse(readFileSync(resolve('@nestjs/core/package.json'), 'utf8'))
  expect(manifest.version.split('.')[0]).toBe(line)
  // The class that the tests see is the one that this line's Nest uses.
  expect(createRequire(folder)('@nestjs/core').ModulesContainer).toBe(ModulesContainer)
})
