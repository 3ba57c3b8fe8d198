// One client of the replay server: cuts its bytes into messages, of which only the first few bytes matter, and answers.

import { signatures } from '@boltline/core/codec'
import { cycle } from '../workloads.mjs'
import { answers, recordsOf } from './messages.mjs'

/** So much of a message is looked at: its signature, the query's first words, the fetch size. */
const looked = 256

/** The text `n` in PackStream. */
const fetchSizeKey = Buffer.from([0x81, 0x6e])

/** Batches with their ending, made when first asked for: a client asks for the same few over and over. @type {Map<string, Buffer>} */
const batches = new Map()

export class Conversation {
  #socket
  #greeted = 0
  /** Bytes of the current chunk still to come; −1: its length is to be read, −2: half of it was. */
  #missing = -1
  #halfLength = 0
  #message = Buffer.alloc(looked)
  #length = 0
  /** @type {ReturnType<typeof recordsOf> | null} */
  #records = null
  #shape = ''
  #sent = 0
  #rows = 0

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket
    socket.on('data', (bytes) => this.#receive(bytes))
    // A client that is done may just hang up.
    socket.on('error', () => socket.destroy())
  }

  /** @param {Buffer} bytes */
  #receive(bytes) {
    let at = 0
    if (this.#greeted < 20) {
      at = Math.min(20 - this.#greeted, bytes.length)
      this.#greeted += at
      if (this.#greeted === 20) this.#socket.write(answers.handshake)
    }
    this.#socket.cork()
    while (at < bytes.length) {
      if (this.#missing === -1) {
        this.#halfLength = /** @type {number} */ (bytes[at++])
        this.#missing = -2
      } else if (this.#missing === -2) {
        this.#missing = (this.#halfLength << 8) | /** @type {number} */ (bytes[at++])
        if (this.#missing === 0) {
          this.#missing = -1
          if (this.#length > 0) this.#answer()
          this.#length = 0
        }
      } else {
        const taken = Math.min(this.#missing, bytes.length - at)
        if (this.#length < looked) {
          this.#length += bytes.copy(this.#message, this.#length, at, at + Math.min(taken, looked - this.#length))
        }
        at += taken
        this.#missing -= taken
        if (this.#missing === 0) this.#missing = -1
      }
    }
    this.#socket.uncork()
  }

  #answer() {
    const socket = this.#socket
    switch (this.#message[1]) {
      case signatures.hello:
        return socket.write(answers.hello)
      case signatures.run:
        return this.#run()
      case signatures.pull:
        return this.#pull(this.#fetchSize())
      case signatures.discard:
        this.#records = null
        return socket.write(answers.last)
      case signatures.commit:
        return socket.write(answers.committed)
      case signatures.goodbye:
        return socket.end()
      default:
        return socket.write(answers.nothing)
    }
  }

  #run() {
    const [, shape, rows] = /\/\* replay (\w+) (\d+) \*\//.exec(this.#message.latin1Slice(0, this.#length)) ?? []
    if (shape !== undefined) {
      this.#shape = shape
      this.#records = recordsOf(shape)
      this.#rows = Number(rows)
      this.#sent = 0
    } else {
      // Whatever else a driver asks has no records.
      this.#records = null
      this.#rows = 0
    }
    this.#socket.write(this.#records?.header ?? answers.withoutRecords)
  }

  /** The `n` of PULL, whatever else stands in its map. */
  #fetchSize() {
    const at = this.#message.indexOf(fetchSizeKey) + 2
    const marker = /** @type {number} */ (this.#message[at])
    if (marker === 0xc9) return this.#message.readInt16BE(at + 1)
    if (marker === 0xca) return this.#message.readInt32BE(at + 1)
    if (marker === 0xcb) return Number(this.#message.readBigInt64BE(at + 1))
    return marker > 0xef ? -1 : marker
  }

  /** @param {number} n */
  #pull(n) {
    const records = this.#records
    if (records === null) return this.#socket.write(answers.last)
    const until = n < 0 ? this.#rows : Math.min(this.#rows, this.#sent + n)
    if (until - this.#sent <= cycle) {
      this.#socket.write(this.#batch(records, until))
      this.#sent = until
    } else this.#stream(records, until)
  }

  /** A batch of at most one cycle, with its ending. @param {ReturnType<typeof recordsOf>} records @param {number} until */
  #batch(records, until) {
    const from = this.#sent % cycle
    const to = from + until - this.#sent
    const ended = until === this.#rows
    const key = `${this.#shape} ${from} ${to} ${ended}`
    let batch = batches.get(key)
    if (batch === undefined) {
      const rows = to <= cycle ? [records.slice(from, to)] : [records.slice(from, cycle), records.slice(0, to - cycle)]
      batch = Buffer.concat([...rows, ended ? answers.last : answers.more])
      batches.set(key, batch)
    }
    return batch
  }

  /** More rows than one write should hold: as fast as the client takes them. @param {ReturnType<typeof recordsOf>} records @param {number} until */
  #stream(records, until) {
    const socket = this.#socket
    while (this.#sent < until) {
      const from = this.#sent % cycle
      const to = Math.min(cycle, from + until - this.#sent)
      this.#sent += to - from
      if (!socket.write(records.slice(from, to)) && this.#sent < until) {
        socket.once('drain', () => {
          // The client may have begun something else meanwhile.
          if (this.#records === records) this.#stream(records, until)
        })
        return
      }
    }
    socket.write(until === this.#rows ? answers.last : answers.more)
  }
}
