/**
 * The TestKit backend: runs TestKit's requests with the driver and reports the results. It only translates: it does not retry,
 * cache or reorder, and skips.json is all that it knows of the tests.
 */

import { createServer, type Socket } from 'node:net'
import { Conversation } from './conversation.ts'
import { bookmarkRequests } from './requests/bookmarks.ts'
import { credentialRequests } from './requests/credentials.ts'
import { driverRequests } from './requests/drivers.ts'
import { resultRequests } from './requests/results.ts'
import { sessionRequests } from './requests/sessions.ts'
import { restoreTime, suiteRequests } from './requests/suite.ts'
import { transactionRequests } from './requests/transactions.ts'
import { type Message, RequestReader } from './wire.ts'

/** Each function knows the shape of its own data. */
type Handler = (data: never, talk: Conversation) => void | Promise<void>

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>(
  Object.entries({
    ...suiteRequests,
    ...driverRequests,
    ...sessionRequests,
    ...transactionRequests,
    ...resultRequests,
    ...bookmarkRequests,
    ...credentialRequests,
  }),
)

async function handle({ name, data }: Message, talk: Conversation): Promise<void> {
  try {
    if ('requestId' in data) return talk.answered(data.requestId as number, data)
    const handler = handlers.get(name)
    if (handler === undefined) throw new Error(`TestKit asked for ${name}, which this backend does not know`)
    await handler(data as never, talk)
  } catch (error) {
    talk.report(error)
  }
}

function serve(socket: Socket): void {
  const reader = new RequestReader()
  const talk = new Conversation((text) => socket.write(text))
  socket.setEncoding('utf8').setNoDelay()
  socket.on('data', (text: string) => {
    for (const request of reader.feed(text)) void handle(request, talk)
  })
  socket.on('error', (error) => console.error(`The connection of TestKit failed: ${error.message}`))
  socket.on('close', async () => {
    restoreTime()
    await talk.end()
  })
}

const port = Number(process.env['TEST_BACKEND_PORT'] ?? 9876)
createServer(serve).listen(port, () => console.log(`The TestKit backend listens on port ${port}`))
