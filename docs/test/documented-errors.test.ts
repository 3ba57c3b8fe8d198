/**
 * docs/errors.md names every error and warning that core exports, with its place in the tree and whether it is retried, and
 * every error of the other packages.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@boltline/core'
import * as express from '@boltline/express'
import * as nestjs from '@boltline/nestjs'
import * as opentelemetry from '@boltline/opentelemetry'
import { describe, expect, it } from 'vitest'
import { root } from './documents.ts'

type ErrorClass = new (message: string, options: object) => Error & { isRetryable?: boolean; code?: string }

const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')

const errorClassesOf = (catalogue: object) =>
  Object.entries(catalogue).filter(
    (entry): entry is [string, ErrorClass] => typeof entry[1] === 'function' && entry[1].prototype instanceof Error,
  )
const classes = errorClassesOf(core)
const errors = classes.filter(([, each]) => 'isRetryable' in each.prototype)
const warnings = classes.filter(([, each]) => !('isRetryable' in each.prototype))

const entries = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((entry) => [/^`(\w+)`/.exec(entry)?.[1] ?? entry, entry]),
)

describe('The error catalogue', () => {
  it('has an entry for each error, and only for errors that exist', () => {
    expect([...entries.keys()].sort()).toEqual(errors.map(([name]) => name).sort())
    expect(errors.length).toBeGreaterThan(30)
  })

  it.each(errors)('states the base class and the retries of %s', (name, errorClass) => {
    const parent = Object.getPrototypeOf(errorClass) as ErrorClass
    const retried = new errorClass('x', { path: 'x' }).isRetryable === true ? 'yes' : 'no'
    expect(entries.get(name)).toMatch(new RegExp(`Extends \`${parent.name}\`\\. Retried: ${retried}[.,]`))
    expect(entries.get(name)).toMatch(/- \*\*Cause\*\*: .+\n(.+\n)*- \*\*What to do\*\*: .+/)
  })

  it('has a row for each warning, with its code', () => {
    expect(warnings.length).toBe(6)
    const notification = { code: '', title: '', description: '', severityLevel: '', category: '', position: null }
    for (const [name, warningClass] of warnings) {
      const { code } = new warningClass(notification as unknown as string, {})
      expect(page).toContain(`| \`${name}\` | \`${code}\` |`)
    }
  })

  it('has a row for each error of the other packages, and only for errors that exist', () => {
    const others = Object.entries({ nestjs, express, opentelemetry }).flatMap(([name, catalogue]) =>
      errorClassesOf(catalogue).map(([error]) => `${error} @boltline/${name}`),
    )
    const rows = [...page.matchAll(/^\| `(\w+)` \| `(@boltline\/\w+)` \| [^|]+ \| [^|]+ \|$/gm)]
    expect(rows.map(([, error, name]) => `${error} ${name}`).sort()).toEqual(others.sort())
    expect(others.length).toBeGreaterThan(10)
  })
})
