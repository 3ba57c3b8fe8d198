// As much Bolt 4.4 as it takes to ask a server one question, with no driver in between: the launcher's tests must not
// fail when the driver is at fault.

import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What to talk to, and as whom. */
export interface ProbeTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly certificate?: string
}

/** The message signatures a server answered a query with, and the first value of its first record (a small integer). */
export interface ProbeAnswer {
  readonly login: 'success' | 'failure'
  readonly value?: number
}

/** Logs in with the password and runs a query without parameters. */
export async function ask(target: ProbeTarget, query: string): Promise<ProbeAnswer> {
  const socket = await open(target)
  try {
    const reader = new Reader(socket)
    socket.write(Buffer.from('6060b01700000404000000000000000000000000', 'hex'))
    const agreed = await reader.take(4)
    if (agreed.toString('hex') !== '00000404') throw new Error(`no Bolt 4.4 but ${agreed.toString('hex')}`)
    const account = target.user
      ? { scheme: 'basic', principal: target.user, credentials: target.password }
      : { scheme: 'none' }
    socket.write(message(0x01, map({ user_agent: 'launcher-test/1', ...account })))
    if ((await reader.message())[1] !== 0x70) return { login: 'failure' }
    socket.write(Buffer.concat([message(0x10, string(query), map({}), map({})), message(0x3f, pullAll)]))
    const answers = [await reader.message(), await reader.message()]
    const failed = answers.find((answer) => answer[1] === 0x7f)
    if (failed !== undefined) throw new Error(`the query failed: ${failed.toString('latin1')}`)
    const record = answers.find((answer) => answer[1] === 0x71)
    return record === undefined ? { login: 'success' } : { login: 'success', value: record.readInt8(3) }
  } finally {
    socket.destroy()
  }
}

async function open({ host, port, certificate }: ProbeTarget): Promise<Socket> {
  if (certificate === undefined) {
    const socket = connectPlain(port, host)
    await once(socket, 'connect')
    return socket
  }
  const socket = connectTls({ host, port, ca: certificate })
  await once(socket, 'secureConnect')
  return socket
}

class Reader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) throw new Error('the server closed the connection')
      this.#rest = Buffer.concat([this.#rest, next.value])
    }
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  async message(): Promise<Buffer> {
    const parts: Buffer[] = []
    for (;;) {
      const size = (await this.take(2)).readUInt16BE()
      if (size > 0) parts.push(await this.take(size))
      else if (parts.length > 0) return Buffer.concat(parts)
    }
  }
}

const pullAll = Buffer.concat([Buffer.from([0xa1]), string('n'), Buffer.from([0xff])])

function message(signature: number, ...fields: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([0xb0 | fields.length, signature]), ...fields])
  const size = Buffer.alloc(2)
  size.writeUInt16BE(body.length)
  return Buffer.concat([size, body, Buffer.alloc(2)])
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([0xd0, bytes.length]), bytes])
}

function map(entries: Record<string, string>): Buffer {
  const pairs = Object.entries(entries).flatMap(([key, value]) => [string(key), string(value)])
  return Buffer.concat([Buffer.from([0xa0 | (pairs.length / 2)]), ...pairs])
}
