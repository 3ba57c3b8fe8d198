/** Turns a snippet into a program: adds what documents omit, and sets the address of the server. */

import type { Snippet } from './snippets.ts'

/**
 * Documents create a driver once and then use `driver` and `session`. A snippet that uses one of these names without
 * creating it gets it from here; a fragment only gets a declaration.
 */
const SUPPLIED = [
  {
    name: 'session',
    made: 'await using session = driver.session()',
    type: "import('@boltline/core').Session",
  },
  {
    name: 'driver',
    made: "await using driver = (await import('@boltline/core')).GraphDatabase.driver('neo4j://localhost:7687', { auth: ['neo4j', 'secret'] })",
    type: "import('@boltline/core').Driver",
  },
  {
    name: 'tx',
    made: 'await using tx = await session.beginTransaction()',
    type: "import('@boltline/core').Transaction",
  },
  { name: 'app', made: '', type: "import('express').Express" },
  { name: 'neo4j', made: '', type: "import('@boltline/express').Boltline" },
  { name: 'boltline', made: '', type: "typeof import('@boltline/express').boltline" },
] as const

const ADDRESS = 'localhost:7687'

/** The whole program; its line numbers are those of the document. */
export function programOf({ source, fragment }: Snippet): string {
  let program = source
  for (const { name, made, type } of SUPPLIED) {
    if (!uses(program, name) || makes(source, name)) continue
    program = `${fragment ? `declare const ${name}: ${type}` : made};${program}`
  }
  return `export {};${program}`
}

/** The program with the server's address in place of the one that documents name, and a free port in place of 3000. */
export function addressedTo(program: string, host: string, port = 3000): string {
  return program.replaceAll(ADDRESS, host).replaceAll(/\blisten\(3000\b/g, `listen(${port}`)
}

function uses(program: string, name: string): boolean {
  return new RegExp(`(?<![.\\w'"])${name}\\b(?!['"\\w:])`).test(program)
}

function makes(source: string, name: string): boolean {
  return new RegExp(
    `\\b(const|let|using|import)\\s+(\\{[^}]*)?\\b${name}\\b|[(,]\\s*(private readonly )?${name}\\s*[:,)]`,
  ).test(source)
}
