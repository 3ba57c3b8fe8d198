/** Describes requests for the log, without credentials and values of parameters. */

import { type Request, signatures } from './requests.ts'

const names = new Map<number, string>(
  Object.entries(signatures).map(([name, signature]) => [signature, name.toUpperCase()]),
)

/** The name of a message, as in the Bolt specification. */
export function messageName(signature: number): string {
  return names.get(signature) ?? `0x${signature.toString(16)}`
}

export function describeRequest(request: Request): string {
  const name = messageName(request.signature)
  const fields = request.fields
  switch (request.signature) {
    case signatures.run:
      return `${name} ${JSON.stringify(fields[0])} {${countOf(fields[1])} parameters} ${keysOf(fields[2])}`
    case signatures.pull:
    case signatures.discard:
    case signatures.telemetry:
      return `${name} ${JSON.stringify(fields[0])}`
    case signatures.hello:
    case signatures.logon:
    case signatures.begin:
      return `${name} ${keysOf(fields[0])}`
    default:
      return name
  }
}

function keysOf(map: unknown): string {
  return `{${Object.keys(map as object).join(' ')}}`
}

function countOf(parameters: unknown): number {
  return parameters instanceof Map ? parameters.size : Object.keys((parameters ?? {}) as object).length
}
