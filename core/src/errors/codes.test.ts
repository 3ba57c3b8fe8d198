import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { classNameOf, factsOf, isSecurityCode, knownCodes } from './codes.ts'

const root = new URL('../../../', import.meta.url)

/** The embedded package is missing on purpose: as a server it sends codes, and gives them no meaning. */
const sources = ['core/src', 'nest-module/src', 'express-middleware/src', 'otel/src'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`),
)

describe('the table of server codes', () => {
  it('is the only source file that names a code outside comments', () => {
    const naming = sources.filter((file) => /['"`]Neo\.[A-Z]/.test(code(readFileSync(new URL(file, root), 'utf8'))))
    expect(naming).toEqual(['core/src/errors/codes.ts'])
  })

  it('has a row for the new code of each renamed code', () => {
    const renamed = knownCodes.map((each) => factsOf(each).renamedTo).filter((each) => each !== undefined)
    expect(renamed).toHaveLength(2)
    expect(renamed.filter((each) => !knownCodes.includes(each))).toEqual([])
  })

  it('lists each code once, in alphabetical order', () => {
    expect(knownCodes).toEqual([...knownCodes].sort())
  })

  it('knows nothing about a code without a row, or about no code at all', () => {
    expect(factsOf('Neo.ClientError.Statement.NoSuchCode')).toEqual({})
    expect(factsOf('toString')).toEqual({})
    expect(factsOf(null)).toEqual({})
  })

  it('takes the class of a code without a row from its kind', () => {
    expect(classNameOf('Neo.ClientError.Statement.NoSuchCode')).toBe('ClientError')
    expect(classNameOf('Neo.TransientError.General.NoSuchCode')).toBe('TransientError')
    expect(classNameOf('Neo.DatabaseError.General.NoSuchCode')).toBe('DatabaseError')
    expect(classNameOf('Neo.OtherError.General.NoSuchCode')).toBe('Neo4jError')
    expect(classNameOf('no code')).toBe('DatabaseError')
  })

  it('tells security codes by their category', () => {
    expect(isSecurityCode('Neo.ClientError.Security.NoSuchCode')).toBe(true)
    expect(isSecurityCode('Neo.ClientError.Statement.SyntaxError')).toBe(false)
    expect(isSecurityCode(null)).toBe(false)
  })
})

/** The text without comments that take whole lines: TSDoc names codes as examples. */
function code(text: string): string {
  return text.replaceAll(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '')
}
