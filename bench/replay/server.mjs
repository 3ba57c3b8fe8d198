// A Bolt 5.4 server that understands nothing and answers at once: requests are told apart by their signature, records are
// copied to the socket from bytes made beforehand. So what is measured is the client. Runs as a process of its own, prints
// its port, and ends with its parent.

import { createServer } from 'node:net'
import { Conversation } from './conversation.mjs'

const server = createServer({ noDelay: true, highWaterMark: 1 << 20 }, (socket) => {
  new Conversation(socket)
})
server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  process.stdout.write(`${address.port}\n`)
})

process.stdin.on('end', () => process.exit(0)).resume()
