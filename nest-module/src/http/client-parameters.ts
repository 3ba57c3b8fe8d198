/** Marks query parameters that a handler passes unchanged from its caller, so that a refused value is answered with 400. */

import { ConfigurationError } from '@boltline/core'
import { found } from '@boltline/core/options'
import type { ArgumentsHost, ExecutionContext } from '@nestjs/common'

const CLIENT_PARAMETERS = 'boltline:client-parameters'

/**
 * Declares that a handler, or every handler of a class, passes its caller's values unchanged as these query parameters. When
 * the database refuses the value of one of them, and the request contained that value, the answer is 400; without this
 * decorator it is 500, because the service is responsible for its parameters.
 *
 * @throws ConfigurationError when called without names
 *
 * @example
 * ```ts
 * @Get()
 * @ClientParameters('day')
 * on(@Query('day') day: string) {
 *   return this.neo.all('MATCH (e:Event {day: date($day)}) RETURN e.name AS name', { day })
 * }
 * ```
 */
export function ClientParameters(...names: readonly [string, ...string[]]): MethodDecorator & ClassDecorator {
  const wrong = names.length === 0 ? undefined : names.find((name) => typeof name !== 'string' || name === '')
  if (names.length === 0 || wrong !== undefined) {
    throw new ConfigurationError(`@ClientParameters() needs names of query parameters, found ${found(wrong)}`)
  }
  return (target: object, _key?: unknown, descriptor?: PropertyDescriptor) => {
    Reflect.defineMetadata(CLIENT_PARAMETERS, names, descriptor?.value ?? target)
  }
}

/** The parameters that the handler of a call takes from its caller. */
export function clientParametersOf(context: ExecutionContext): readonly string[] | undefined {
  for (const target of [context.getHandler(), context.getClass()]) {
    const names: readonly string[] | undefined = Reflect.getMetadata(CLIENT_PARAMETERS, target)
    if (names !== undefined) return names
  }
  return undefined
}

/** What the caller sent: body, query and path of an HTTP request, the arguments of a field, the data of a message. */
export function valuesOfCall(host: ArgumentsHost): readonly unknown[] {
  switch (host.getType<string>()) {
    case 'graphql':
      return [host.getArgByIndex(1)]
    case 'rpc':
      return [host.switchToRpc().getData()]
    case 'ws':
      return [host.switchToWs().getData()]
    default: {
      // Hosts that tests make may have no request.
      const { body, query, params } = host.switchToHttp().getRequest?.() ?? {}
      return [body, query, params]
    }
  }
}
