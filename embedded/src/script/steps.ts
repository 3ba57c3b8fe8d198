/** The steps of a play: messages that the client has to send, and answers of the server. */

import type { MessageName } from '../bolt-server/wire.ts'

export type Step =
  | {
      readonly kind: 'client'
      readonly name: MessageName
      readonly check: ((fields: readonly unknown[]) => void) | null
    }
  | { readonly kind: 'server'; readonly name: MessageName; readonly fields: readonly unknown[] }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly pieces: number }
  | { readonly kind: 'wait'; readonly until: () => Promise<unknown> }
  | { readonly kind: 'close' }
  | { readonly kind: 'cut' }

type Check = (fields: readonly unknown[]) => void

function client(name: MessageName): (check?: Check) => Step {
  return (check) => ({ kind: 'client', name, check: check ?? null })
}

/** Steps that expect a message of the client; `check` receives the message's fields. */
export const C = {
  begin: client('begin'),
  commit: client('commit'),
  discard: client('discard'),
  hello: client('hello'),
  logoff: client('logoff'),
  logon: client('logon'),
  pull: client('pull'),
  reset: client('reset'),
  rollback: client('rollback'),
  route: client('route'),
  run: client('run'),
  telemetry: client('telemetry'),
} as const

/** Steps of the server: messages, bytes, waits and the end of the connection. */
export const S = {
  success: (metadata: Record<string, unknown> = {}): Step => ({ kind: 'server', name: 'success', fields: [metadata] }),
  record: (...values: unknown[]): Step => ({ kind: 'server', name: 'record', fields: [values] }),
  ignored: (): Step => ({ kind: 'server', name: 'ignored', fields: [] }),
  failure: (code: string, message = 'scripted', extra: Record<string, unknown> = {}): Step => ({
    kind: 'server',
    name: 'failure',
    fields: [{ code, message, ...extra }],
  }),
  /** Sends raw bytes, in pieces of `pieces` bytes. */
  bytes: (bytes: Uint8Array, pieces = Number.POSITIVE_INFINITY): Step => ({ kind: 'bytes', bytes, pieces }),
  /** Sends an empty chunk: Bolt's NOOP, a keep-alive. */
  noop: (): Step => ({ kind: 'bytes', bytes: new Uint8Array(2), pieces: 2 }),
  /** Sends nothing until the promise settles. */
  wait: (until: () => Promise<unknown>): Step => ({ kind: 'wait', until }),
  /** Closes the connection with FIN. */
  close: (): Step => ({ kind: 'close' }),
  /** Destroys the connection. */
  cut: (): Step => ({ kind: 'cut' }),
} as const

/** Expects RUN and PULL, and answers with these records. */
export function query(fields: readonly string[], rows: readonly (readonly unknown[])[], end = {}): Step[] {
  return [C.run(), C.pull(), S.success({ fields }), ...rows.map((row) => S.record(...row)), S.success(end)]
}
