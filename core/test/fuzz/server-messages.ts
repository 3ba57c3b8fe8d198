/** What a server may answer: messages that fit a request, and messages that don't. */

import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { kinds, value, Writer } from '../../../tools/testing/fuzz/values.ts'

const success = 0x70
const record = 0x71
const ignored = 0x7e
const failure = 0x7f

/** The requests of a conversation, by their names in the Bolt specification. */
export type RequestName =
  | 'hello'
  | 'logon'
  | 'begin'
  | 'run'
  | 'pull'
  | 'commit'
  | 'rollback'
  | 'route'
  | 'reset'
  | 'other'

const codes = [
  'Neo.ClientError.Statement.SyntaxError',
  'Neo.TransientError.Transaction.DeadlockDetected',
  'Neo.ClientError.Security.TokenExpired',
  'Neo.ClientError.Request.Invalid',
  'Neo.ClientError.Cluster.NotALeader',
  'Neo.DatabaseError.General.UnknownError',
  'nonsense',
]

export class ServerMessages {
  readonly #chance: Chance
  readonly #writer = new Writer()
  /** How many fields the queries have. */
  width = 2
  /** The addresses in routing tables. */
  addresses: readonly string[] = ['a:7687']

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** The answer to a request: RECORDs for a PULL, then SUCCESS or FAILURE. */
  answer(request: RequestName): Buffer[] {
    const chance = this.#chance
    if (chance.oneIn(12)) return [this.failure()]
    if (request === 'run') this.width = chance.below(4)
    const records = request === 'pull' ? chance.pick([0, 1, 2, 3, 5]) : 0
    return [...Array.from({ length: records }, () => this.record(this.width)), this.success(request)]
  }

  record(width: number): Buffer {
    this.#writer.byte(0xb1, record).header(kinds.list, width, 0)
    for (let i = 0; i < width; i++) value(this.#writer, this.#chance)
    return this.#writer.take()
  }

  success(request: RequestName): Buffer {
    const writer = this.#writer.byte(0xb1, success)
    const entries = this.#metadata(request)
    writer.header(kinds.map, entries.length, 0)
    for (const [key, write] of entries) {
      writer.text(key)
      if (this.#chance.oneIn(40)) value(writer, this.#chance)
      else write(writer)
    }
    return writer.take()
  }

  failure(): Buffer {
    const chance = this.#chance
    const writer = this.#writer.byte(0xb1, failure)
    const details = chance.oneIn(3)
    writer.header(kinds.map, details ? 5 : 2, 0)
    writer.text('code').text(chance.pick(codes)).text('message').text('m\nm')
    if (details) {
      writer.text('gql_status').text('42001').text('diagnostic_record')
      value(writer, chance, chance.oneIn(2) ? 0 : 7)
      writer.text('cause').byte(0xa1).text('message')
      value(writer, chance, 7)
    }
    return writer.take()
  }

  /** Any message at all. */
  other(): Buffer {
    const chance = this.#chance
    switch (chance.below(6)) {
      case 0:
        return Buffer.from([0xb0, ignored])
      case 1:
        return this.failure()
      case 2:
        return this.record(chance.below(5))
      case 3:
        return Buffer.from([0xb0 + chance.below(3), chance.below(256), 0xa0])
      case 4: {
        this.#writer.byte(0xb1, chance.pick([success, failure, record, ignored]))
        value(this.#writer, chance)
        return this.#writer.take()
      }
      default:
        return this.success(chance.pick(['hello', 'run', 'pull', 'pull', 'commit', 'route', 'reset']))
    }
  }

  #metadata(request: RequestName): [string, (writer: Writer) => void][] {
    const chance = this.#chance
    const text = (content: string) => (writer: Writer) => void writer.text(content)
    const number = (content: number) => (writer: Writer) => void writer.byte(content)
    switch (request) {
      case 'hello':
        return [
          ['server', text('Neo4j/5.26.0')],
          ['connection_id', text('bolt-1')],
          ['hints', number(0xa0)],
        ]
      case 'run':
        return [
          ['fields', this.#list(Array.from({ length: this.width }, (_, i) => `f${i}`))],
          ['t_first', number(1)],
          ['qid', number(0)],
        ]
      case 'pull':
        return chance.oneIn(4)
          ? [['has_more', number(0xc3)]]
          : [
              ['type', text('r')],
              ['t_last', number(1)],
              ['db', text('films')],
              ['stats', number(0xa0)],
              ['bookmark', text('b')],
            ]
      case 'commit':
        return [['bookmark', text('b')]]
      case 'route':
        return [['rt', (writer) => this.#table(writer)]]
      default:
        return []
    }
  }

  #list(texts: readonly string[]): (writer: Writer) => void {
    return (writer) => {
      writer.header(kinds.list, texts.length, 0)
      for (const text of texts) writer.text(text)
    }
  }

  #table(writer: Writer): void {
    writer.byte(0xa3).text('ttl').byte(0xc9, 1, 0).text('db').text('films').text('servers').byte(0x93)
    for (const role of ['ROUTE', 'READ', 'WRITE']) {
      writer.byte(0xa2).text('role').text(role).text('addresses')
      const odd = this.#chance.oneIn(20) ? ['[::1', '', 'h:65536'] : []
      this.#list([...odd, ...this.addresses])(writer)
    }
  }
}
