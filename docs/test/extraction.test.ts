import { describe, expect, it } from 'vitest'
import { addressedTo, programOf } from './program.ts'
import { commandsOf, snippetsOf } from './snippets.ts'

const block = (opening: string, ...lines: string[]) => ['# A page', `\`\`\`${opening}`, ...lines, '```', ''].join('\n')

describe('Snippets of a document', () => {
  it('keep the line numbers of the document', () => {
    const [snippet] = snippetsOf('docs/page.md', block('ts', 'const x = 1', 'console.log(x) // → 1', '// GET /x → [1]'))
    expect(snippet).toMatchObject({ place: 'docs/page.md:3', fileName: 'docs-page-3.ts', prints: ['1'] })
    expect(snippet?.answers).toEqual([{ path: '/x', text: '[1]' }])
    expect(programOf(snippet!).split('\n').indexOf('const x = 1')).toBe(2)
  })

  it('are JavaScript or TypeScript, and nothing else', () => {
    expect(snippetsOf('a.md', block('cypher', 'RETURN 1'))).toEqual([])
    expect(snippetsOf('a.md', block('mjs', 'await 1'))[0]?.fileName).toBe('a-3.mjs')
  })

  it('are rejected with an unknown mark, and without a closing fence', () => {
    expect(() => snippetsOf('a.md', block('ts fragmnet', 'x'))).toThrow('a.md:3 is marked fragmnet')
    expect(() => snippetsOf('a.md', '```ts\nx')).toThrow('has no end')
  })

  it('get a driver and a session if they use these without creating them', () => {
    const program = (code: string) => programOf(snippetsOf('a.md', block('ts', code))[0]!)
    expect(program('await session.run(text)')).toMatch(
      /await using driver = .*await using session = driver\.session\(\)/,
    )
    expect(program('await driver.close()')).not.toContain('await using session')
    expect(program('await using driver = GraphDatabase.driver(uri)').match(/using driver/g)).toHaveLength(1)
    expect(program('function f(driver: Driver) { return driver }')).not.toContain('using driver')
    expect(program("import '@boltline/core'; const x = { driver: 1 }")).not.toContain('using driver')
  })

  it('connect to the server of the test', () => {
    expect(addressedTo("driver('neo4j://localhost:7687')", '127.0.0.1:5')).toBe("driver('neo4j://127.0.0.1:5')")
    expect(addressedTo('app.listen(3000)', '127.0.0.1:5', 6)).toBe('app.listen(6)')
  })
})

describe('Commands of a document', () => {
  it('are split into words, without comments', () => {
    const commands = commandsOf(
      'a.md',
      `${block('sh', 'npm ci && npm test # all', '# nothing')}or \`npm run x\`, \`x\``,
    )
    expect(commands.map(({ words }) => words.join(' '))).toEqual(['npm ci', 'npm test', 'npm run x'])
    expect(commands[0]?.place).toBe('a.md:3')
  })
})
