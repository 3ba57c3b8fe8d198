// The physical limit: a socket of this runtime that sends the same requests, made beforehand, in as few writes as the
// protocol allows, and counts the bytes of the answers. It knows how many there have to be and reads none of them, so the
// sum it gives is the right one as soon as their number is. With --polled it doesn't fall asleep while an answer is due.

import { once } from 'node:events'
import { connect } from 'node:net'
import { signatures } from '@boltline/core/codec'
import { answers, message, recordsOf } from '../replay/messages.mjs'
import { mapsToSend } from '../workloads.mjs'
import { serve } from './worker.mjs'

const greeting = Buffer.from([0x60, 0x60, 0xb0, 0x17, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const readBufferBytes = 64 * 1024
const polled = process.argv.includes('--polled')

/** How many answers are due. */
let due = 0
let polling = false

/** Keeps the event loop turning until all answers are in. */
function poll() {
  polling = due > 0
  if (polling) setImmediate(poll)
}

/** One connection: bytes out, a number of bytes in. */
class Counter {
  #socket
  #due = 0
  /** @type {() => void} */
  #arrived = () => undefined

  /** @param {string} uri */
  constructor(uri) {
    const { hostname, port } = new URL(uri)
    const buffer = Buffer.alloc(readBufferBytes)
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer, callback: (length) => this.#count(length) },
    })
  }

  connected() {
    return once(this.#socket, 'connect')
  }

  /** Sends a request and waits for so many bytes. @param {Uint8Array} request @param {number} answer */
  exchange(request, answer) {
    this.#due += answer
    /** @type {Promise<void>} */
    const arrival = new Promise((resolve) => {
      this.#arrived = resolve
    })
    this.#socket.write(request)
    due += 1
    if (polled && !polling) poll()
    return arrival
  }

  close() {
    this.#socket.destroy()
  }

  /** @param {number} length */
  #count(length) {
    this.#due -= length
    if (this.#due < 0) throw new Error(`${-this.#due} bytes more arrived than were due`)
    if (this.#due > 0) return true
    due -= 1
    this.#arrived()
    return true
  }
}

/**
 * The requests of one query and how many bytes answer each; an entry is one round trip.
 * @param {import('../workloads.mjs').Task} task
 * @returns {{ request: Buffer, answer: number }[]}
 */
function conversationOf({ query, shape, rows, fetchSize, routing, way }) {
  const records = recordsOf(shape)
  const parameters = way === 'bulk' ? { rows: mapsToSend() } : way === 'execute' ? { x: 1 } : {}
  const run = message(signatures.run, [query, parameters, {}])
  const pull = message(signatures.pull, [{ n: fetchSize }])
  const batch = fetchSize === -1 ? rows : fetchSize
  const steps = []
  for (let from = 0; from < rows; from += batch) {
    const to = Math.min(rows, from + batch)
    const bytes = records.bytesBetween(from, to) + (to === rows ? answers.last : answers.more).length
    steps.push(
      from === 0
        ? { request: Buffer.concat([run, pull]), answer: records.header.length + bytes }
        : { request: pull, answer: bytes },
    )
  }
  const [first, ...others] = steps
  if (first === undefined || way === 'stream' || way === 'fetch') return steps
  const begin = message(signatures.begin, [{}])
  const commit = { request: message(signatures.commit, []), answer: answers.committed.length }
  if (routing === 'READ' && steps.length === 1) {
    const request = Buffer.concat([begin, first.request, commit.request])
    return [{ request, answer: answers.nothing.length + first.answer + commit.answer }]
  }
  return [
    { request: Buffer.concat([begin, first.request]), answer: answers.nothing.length + first.answer },
    ...others,
    commit,
  ]
}

await serve(async (task) => {
  const steps = conversationOf(task)
  /** @type {Counter[]} */
  const all = []
  /** @type {((counter: Counter) => void)[]} */
  const waiting = []
  while (all.length < Math.min(task.callers, task.pool)) {
    const counter = new Counter(task.uri)
    await counter.connected()
    await counter.exchange(greeting, answers.handshake.length)
    await counter.exchange(message(signatures.hello, [{ user_agent: 'raw-socket' }]), answers.hello.length)
    all.push(counter)
  }
  const idle = [...all]
  return {
    once: async () => {
      /** @type {Counter} */
      const counter = idle.pop() ?? (await new Promise((resolve) => waiting.push(resolve)))
      for (const { request, answer } of steps) await counter.exchange(request, answer)
      const next = waiting.shift()
      if (next === undefined) idle.push(counter)
      else next(counter)
      return task.checksum
    },
    close: async () => {
      for (const counter of all) counter.close()
    },
  }
})
