/** The states of a connection on the server's side, and the messages that each state allows. */

import type { MessageName } from './wire.ts'

export type ServerState = 'hello' | 'logon' | 'ready' | 'streaming' | 'transaction' | 'failed' | 'closed'

const allowed: Readonly<Record<ServerState, readonly MessageName[]>> = {
  hello: ['hello'],
  logon: ['logon'],
  ready: ['run', 'begin', 'route', 'telemetry', 'logoff', 'reset'],
  streaming: ['pull', 'discard', 'reset'],
  transaction: ['run', 'pull', 'discard', 'commit', 'rollback', 'reset'],
  failed: ['reset'],
  closed: [],
}

export function allows(state: ServerState, message: MessageName): boolean {
  return allowed[state].includes(message)
}
