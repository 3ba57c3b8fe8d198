/**
 * Query summaries of low cardinality for span names and metrics: the clauses with their labels, types and procedures, in order,
 * and no values, so that calls of one query have the same summary.
 */

import { type Token, tokenize } from '@boltline/core/cypher'

/** Maximum length of a summary, in characters. It is truncated at a word boundary. */
const LONGEST = 255

/** Keywords of the clauses that a summary contains. */
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

/** Keywords that precede a clause keyword and belong to it. */
const PREFIXES: ReadonlySet<string> = new Set(['OPTIONAL', 'DETACH', 'NODETACH'])

/** Keywords that start a schema or administration command, and those that may follow. Names are omitted. */
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

/** Keywords after which a brace opens a subquery. */
const SUBQUERIES: ReadonlySet<string> = new Set(['CALL', 'EXISTS', 'COUNT', 'COLLECT'])

/** What the enclosing brackets contain. */
type Place = 'clauses' | 'pattern' | 'map'

/**
 * Returns the summary of a query: its clauses with their labels, types and procedures. Never throws.
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

/** A clause and the names in it. */
interface Clause {
  readonly keyword: string
  readonly names: string[]
}

class Summary {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #clauses: Clause[] = []
  readonly #places: Place[] = []
  #at = 0
  /** The previous word or symbol, and the word before the parentheses that were closed last. */
  #before = ''
  #closed = ''
  readonly #openedAfter: string[] = []
  #returns = false

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text).filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  }

  words(): string[] {
    while (this.#at < this.#tokens.length) this.#step()
    const distinct = this.#clauses.filter((clause, at) => !sameClause(clause, this.#clauses[at - 1]))
    if (distinct.length === 0 && this.#returns) return ['RETURN']
    return distinct.flatMap(({ keyword, names }) => [keyword, ...names])
  }

  get #place(): Place {
    return this.#places.at(-1) ?? 'clauses'
  }

  #step(): void {
    const token = this.#tokens[this.#at] as Token
    const word = this.#wordAt(this.#at)
    if (token.kind === 'name' && this.#isKeywordPlace()) {
      if (this.#command(word) || this.#clause(word)) return
      if (word === 'RETURN' || word === 'FINISH') this.#returns = true
    } else if (word === ':' && this.#place !== 'map' && this.#before !== ':') {
      this.#at += 1
      this.#labels()
      this.#before = ''
      return
    } else if (token.kind === 'symbol') this.#bracket(word)
    this.#before = word
    this.#at += 1
  }

  /** Whether a word here can be a keyword. In patterns and maps, and after `.` or `$`, it is a name. */
  #isKeywordPlace(): boolean {
    return this.#place === 'clauses' && this.#before !== '.' && this.#before !== '$'
  }

  #bracket(symbol: string): void {
    if (symbol === '(' || symbol === '[') {
      this.#openedAfter.push(this.#before)
      this.#places.push(this.#before === 'FOREACH' ? 'clauses' : 'pattern')
    } else if (symbol === '{') {
      const after = this.#before === ')' ? this.#closed : this.#before
      this.#openedAfter.push(this.#before)
      this.#places.push(SUBQUERIES.has(after) ? 'clauses' : 'map')
    } else if (symbol === ')' || symbol === ']' || symbol === '}') {
      this.#places.pop()
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

  /** Whether a pattern follows, as in `CREATE node = (…)`, where `node` is a path variable and not a keyword. */
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

  /** Reads a procedure name with its namespaces, such as `db.labels`. */
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

  /** Reads the names of a label expression such as `A|B`, `A&!B` or `(A|B)&C`, from its first token on. */
  #labels(): void {
    let depth = 0
    let expectsName = true
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      const symbol = this.#wordAt(this.#at)
      if (expectsName && isName(token)) {
        this.#addName(this.#nameOf(token))
        expectsName = false
      } else if (expectsName && symbol === '(') depth += 1
      else if (expectsName && (symbol === '!' || symbol === '%')) expectsName = symbol === '!'
      else if (!expectsName && depth > 0 && symbol === ')') depth -= 1
      else if (symbol === '|' || symbol === '&' || symbol === ':') expectsName = true
      else return
      this.#at += 1
    }
  }

  #addName(name: string): void {
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
    // A quoted name with spaces stays quoted, or it would look like several words.
    return kind === 'quotedName' && isPlain(name.slice(1, -1)) ? name.slice(1, -1) : name
  }
}

function isName({ kind }: Token): boolean {
  return kind === 'name' || kind === 'quotedName'
}

function isPlain(name: string): boolean {
  const [only, ...more] = tokenize(name)
  return only?.kind === 'name' && more.length === 0
}

function sameClause(clause: Clause, other: Clause | undefined): boolean {
  return clause.keyword === other?.keyword && clause.names.join(' ') === other.names.join(' ')
}
