/** Generates client messages: some that the server allows in its state, and some that it doesn't. */

import { signatures } from '@boltline/core/codec'
import type { Chance } from '../../../tools/testing/fuzz/chance.ts'
import { damaged, framed, shuffled } from '../../../tools/testing/fuzz/mutations.ts'
import { kinds, value, Writer } from '../../../tools/testing/fuzz/values.ts'

type Name = keyof typeof signatures

/** The usual message sequence of a driver. */
const usual: readonly Name[] = [
  'hello',
  'logon',
  'run',
  'pull',
  'begin',
  'run',
  'pull',
  'run',
  'discard',
  'commit',
  'route',
]
const all = Object.keys(signatures) as Name[]

/** Returns a generator of client conversations: the bytes after the handshake. */
export function clientConversations(chance: Chance): () => Buffer {
  const messages = new ClientMessages(chance)
  return () => {
    const sent = usual.slice(0, 1 + chance.below(usual.length)).map((name) => messages.message(name))
    return damaged(
      framed(
        shuffled(sent, chance, () => messages.message(chance.pick(all))),
        chance,
      ),
      chance,
    )
  }
}

/** Returns a generator of single framed client messages, half of them damaged. */
export function clientMessages(chance: Chance): () => Buffer {
  const messages = new ClientMessages(chance)
  return () => damaged(framed([messages.message(chance.pick(all))], chance), chance)
}

class ClientMessages {
  readonly #chance: Chance
  readonly #writer = new Writer()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  message(name: Name): Buffer {
    const chance = this.#chance
    const writer = this.#writer
    const fields = this.#fields(name)
    writer.byte(
      0xb0 + (chance.oneIn(60) ? chance.below(16) : fields.length),
      chance.oneIn(100) ? chance.below(256) : signatures[name],
    )
    for (const write of fields) {
      if (chance.oneIn(40)) value(writer, chance)
      else write(writer)
    }
    return writer.take()
  }

  #fields(name: Name): ((writer: Writer) => void)[] {
    switch (name) {
      case 'hello':
        return [map(['user_agent', (writer) => writer.text('fuzz/1')], ['routing', (writer) => writer.byte(0xa0)])]
      case 'logon':
        return [map(['scheme', (writer) => writer.text('none')])]
      case 'run':
        return [(writer) => writer.text(this.#chance.pick(['Q', 'FAIL', ''])), this.#parameters, map()]
      case 'pull':
      case 'discard':
        return [map(['n', (writer) => writer.byte(this.#chance.pick([0xff, 1, 3, 0]))])]
      case 'begin':
        return [map(['tx_metadata', this.#parameters], ['mode', (writer) => writer.text('r')])]
      case 'route':
        return [map(), (writer) => writer.byte(0x90), map()]
      case 'telemetry':
        return [(writer) => writer.byte(1)]
      default:
        return []
    }
  }

  readonly #parameters = (writer: Writer): void => {
    const size = this.#chance.below(4)
    writer.header(kinds.map, size, 0)
    for (let i = 0; i < size; i++) {
      writer.text(`p${i}`)
      value(writer, this.#chance)
    }
  }
}

function map(...entries: readonly (readonly [string, (writer: Writer) => void])[]): (writer: Writer) => void {
  return (writer) => {
    writer.header(kinds.map, entries.length, 0)
    for (const [key, write] of entries) {
      writer.text(key)
      write(writer)
    }
  }
}
