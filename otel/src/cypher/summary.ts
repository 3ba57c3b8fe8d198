/**
 * A query in a few words that stay the same whatever its values: its clauses, and the labels, types and procedures they
 * name, in their order. For span names and for metrics, so it must not hold what makes one call differ from the next.
 */

import { type Token, tokens } from './lexer.ts'

/** The most characters a summary has; it ends with a whole word. */
const LONGEST = 255

/** Words that begin a clause worth telling. */
const CLAUSES: ReadonlySet<string> = new Set([
  'MATCH',
  'CREATE',
  'MERGE',
  'DELETE',
  'SET',
  'REMOVE',
  'UNWIND',
  'FOREACH',
  'CALL',
  'LOAD',
  'INSERT',
])

/** Words in front of a clause that belong to it. */
const PREFIXES: ReadonlySet<string> = new Set(['OPTIONAL', 'DETACH', 'NODETACH'])

/** Words that begin a command on the schema or on the server, and those that may follow. Names are left out. */
const COMMANDS: ReadonlySet<string> = new Set([
  'SHOW',
  'DROP',
  'ALTER',
  'GRANT',
  'DENY',
  'REVOKE',
  'START',
  'STOP',
  'RENAME',
  'TERMINATE',
  'ENABLE',
  'DEALLOCATE',
  'REALLOCATE',
])
const COMMAND_WORDS: ReadonlySet<string> = new Set(
  `OR REPLACE COMPOSITE DATABASE DATABASES ALIAS ALIASES USER USERS ROLE ROLES SERVER SERVERS INDEX INDEXES CONSTRAINT CONSTRAINTS
  RANGE TEXT POINT VECTOR FULLTEXT LOOKUP TRANSACTION TRANSACTIONS FUNCTION FUNCTIONS PROCEDURE PROCEDURES SETTING SETTINGS
  PRIVILEGE PRIVILEGES CURRENT HOME DEFAULT ALL BUILT IN EXECUTABLE POPULATED SUPPORTED IMMUTABLE UNIQUE UNIQUENESS EXISTENCE
  KEY NODE RELATIONSHIP PROPERTY TYPE`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Words after which a brace opens a subquery, in which clauses stand. */
const SUBQUERIES: ReadonlySet<string> = new Set(['CALL', 'EXISTS', 'COUNT', 'COLLECT'])

/** What the brackets around a place mean for it. */
type Room = 'clauses' | 'pattern' | 'map'

/**
 * The summary of a query.
 *
 * @example
 * ```ts
 * summarizeCypher('MATCH (c:Customer {id: $id}) MERGE (c)-[:PLACED]->(:Order {no: $no})') // 'MATCH Customer MERGE PLACED Order'
 * ```
 */
export function summarizeCypher(text: string): string {
  const words = new Summary(text).words()
  let summary = ''
  for (const word of words) {
    const longer = summary === '' ? word : `${summary} ${word}`
    if (longer.length > LONGEST) break
    summary = longer
  }
  return summary
}

/** A clause and what it names. */
interface Clause {
  readonly keyword: string
  readonly names: string[]
}

class Summary {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #clauses: Clause[] = []
  readonly #rooms: Room[] = []
  #at = 0
  /** The last word or symbol, and the word in front of the parentheses that were closed last. */
  #before = ''
  #closed = ''
  readonly #openedAfter: string[] = []
  #returns = false

  constructor(text: string) {
    this.#text = text
    this.#tokens = [...tokens(text)].filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  }

  words(): string[] {
    while (this.#at < this.#tokens.length) this.#step()
    const distinct = this.#clauses.filter((clause, at) => !sameClause(clause, this.#clauses[at - 1]))
    if (distinct.length === 0 && this.#returns) return ['RETURN']
    return distinct.flatMap(({ keyword, names }) => [keyword, ...names])
  }

  get #room(): Room {
    return this.#rooms.at(-1) ?? 'clauses'
  }

  #step(): void {
    const token = this.#tokens[this.#at] as Token
    const word = this.#wordAt(this.#at)
    if (token.kind === 'name' && this.#isKeywordPlace()) {
      if (this.#command(word) || this.#clause(word)) return
      if (word === 'RETURN' || word === 'FINISH') this.#returns = true
    } else if (word === ':' && this.#room !== 'map' && this.#before !== ':') {
      this.#at += 1
      this.#labels()
      this.#before = ''
      return
    } else if (token.kind === 'symbol') this.#bracket(word)
    this.#before = word
    this.#at += 1
  }

  /** A word is a name of the user's behind a dot or a colon, and in front of a colon within a map. */
  #isKeywordPlace(): boolean {
    return this.#room === 'clauses' && this.#before !== '.' && this.#before !== '$'
  }

  #bracket(symbol: string): void {
    if (symbol === '(' || symbol === '[') {
      this.#openedAfter.push(this.#before)
      this.#rooms.push(this.#before === 'FOREACH' ? 'clauses' : 'pattern')
    } else if (symbol === '{') {
      const after = this.#before === ')' ? this.#closed : this.#before
      this.#openedAfter.push(this.#before)
      this.#rooms.push(SUBQUERIES.has(after) ? 'clauses' : 'map')
    } else if (symbol === ')' || symbol === ']' || symbol === '}') {
      this.#rooms.pop()
      this.#closed = this.#openedAfter.pop() ?? ''
    }
  }

  #command(word: string): boolean {
    const creates = word === 'CREATE' && COMMAND_WORDS.has(this.#wordAt(this.#at + 1)) && !this.#isPattern(this.#at + 2)
    if (!creates && !(COMMANDS.has(word) && this.#clauses.length === 0)) return false
    const words = [word]
    this.#at += 1
    while (COMMAND_WORDS.has(this.#wordAt(this.#at)) && this.#tokens[this.#at]?.kind === 'name') {
      words.push(this.#wordAt(this.#at))
      this.#at += 1
    }
    this.#clauses.push({ keyword: words.join(' '), names: [] })
    this.#before = words.at(-1) as string
    return true
  }

  /** `CREATE node = (…)` names a path, whatever the word. */
  #isPattern(at: number): boolean {
    return this.#wordAt(at) === '='
  }

  #clause(word: string): boolean {
    if (!CLAUSES.has(word)) return false
    const next = this.#wordAt(this.#at + 1)
    if (word === 'CALL' && (next === '{' || next === '(')) return false
    // ON CREATE SET and ON MATCH SET are parts of MERGE.
    if (this.#before === 'ON') return false
    const keyword = PREFIXES.has(this.#before) ? `${this.#before} ${word}` : word
    const clause: Clause = { keyword: word === 'LOAD' ? 'LOAD CSV' : keyword, names: [] }
    this.#clauses.push(clause)
    this.#before = word
    this.#at += 1
    if (word === 'CALL') clause.names.push(this.#procedure())
    return true
  }

  /** `db.labels`, with its name spaces. */
  #procedure(): string {
    let name = ''
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      const isDot = this.#wordAt(this.#at) === '.'
      if (!isDot && (!isName(token) || (name !== '' && !name.endsWith('.')))) break
      name += isDot ? '.' : this.#nameOf(token)
      this.#at += 1
    }
    this.#before = name
    return name
  }

  /** The names in a label expression such as `A|B`, `A&!B` or `(A|B)&C`; at its start. */
  #labels(): void {
    let depth = 0
    let wantsName = true
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      const symbol = this.#wordAt(this.#at)
      if (wantsName && isName(token)) {
        this.#note(this.#nameOf(token))
        wantsName = false
      } else if (wantsName && symbol === '(') depth += 1
      else if (wantsName && (symbol === '!' || symbol === '%')) wantsName = symbol === '!'
      else if (!wantsName && depth > 0 && symbol === ')') depth -= 1
      else if (symbol === '|' || symbol === '&' || symbol === ':') wantsName = true
      else return
      this.#at += 1
    }
  }

  #note(name: string): void {
    const names = this.#clauses.at(-1)?.names
    if (names !== undefined && name !== '' && !names.includes(name)) names.push(name)
  }

  #wordAt(at: number): string {
    const token = this.#tokens[at]
    if (token === undefined) return ''
    const word = this.#text.slice(token.start, token.end)
    return token.kind === 'name' ? word.toUpperCase() : token.kind === 'symbol' ? word : `<${token.kind}>`
  }

  #nameOf({ kind, start, end }: Token): string {
    const name = this.#text.slice(start, end)
    // Blanks would make one name look like several words.
    return kind === 'quotedName' && isPlain(name.slice(1, -1)) ? name.slice(1, -1) : name
  }
}

function isName({ kind }: Token): boolean {
  return kind === 'name' || kind === 'quotedName'
}

function isPlain(name: string): boolean {
  const [only, ...more] = [...tokens(name)]
  return only?.kind === 'name' && more.length === 0
}

function sameClause(clause: Clause, other: Clause | undefined): boolean {
  return clause.keyword === other?.keyword && clause.names.join(' ') === other.names.join(' ')
}
