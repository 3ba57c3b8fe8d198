/** Runs pipes and the handler of a request in a transaction, after the guards; the response follows the commit. */

import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'
import { from, lastValueFrom, type Observable, toArray } from 'rxjs'
import { mergeMap } from 'rxjs/operators'
import { SSE } from '../http/request.interceptor.ts'
import { inRequest, scopeOfContext } from '../http/request-scope.ts'
import { DEFAULT_CONNECTION } from '../injection/names.ts'
import { getTransactionHostToken } from './transaction-host.token.ts'
import type { TransactionHost } from './transaction-host.ts'
import type { TransactionOptions } from './transaction-options.ts'
import { transactionalOptionsOf } from './transactional.decorator.ts'

/**
 * Runs each request in a transaction: `@UseInterceptors(TransactionInterceptor)` on a handler or controller, or
 * `APP_INTERCEPTOR`. The options are those of the handler's `@Transactional()`, if it has one; otherwise GET and HEAD requests
 * and GraphQL queries get read transactions, and all others the module's default mode.
 *
 * A retry runs the handler again, see `retry`; a handler that sends its response by `@Res()` is not retried. Server-sent events
 * and GraphQL subscriptions run without a transaction, because they stay open for an unbounded time.
 *
 * @example
 * ```ts
 * @Post()
 * @UseInterceptors(TransactionInterceptor)
 * create(@Body() order: NewOrder) {
 *   return this.orders.create(order)
 * }
 * ```
 */
@Injectable()
export class TransactionInterceptor implements NestInterceptor {
  readonly #modules: ModuleRef

  constructor(@Inject(ModuleRef) modules: ModuleRef) {
    this.#modules = modules
  }

  /** Called by Nest. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (isLongLived(context)) return next.handle()
    const handler = context.getHandler()
    const { returns: _, signal: __, ...declared } = transactionalOptionsOf(handler) ?? {}
    const options: TransactionOptions = {
      initiator: `${context.getClass().name}.${handler.name}`,
      ...(reads(context) && { mode: 'read' }),
      ...declared,
      ...(answersItself(context) && { retry: false }),
    }
    const token = getTransactionHostToken(options.connection ?? DEFAULT_CONNECTION)
    const host = this.#modules.get<TransactionHost>(token, { strict: false })
    // The handler is called inside of the transaction, and again in each attempt.
    const handled = () => lastValueFrom(next.handle().pipe(toArray()))
    const scope = scopeOfContext(context)
    const run = () => host.run(options, handled)
    return from(scope === undefined ? run() : inRequest(scope, run)).pipe(mergeMap((values) => values))
  }
}

function reads(context: ExecutionContext): boolean {
  const type = context.getType<string>()
  if (type === 'graphql') return operationOf(context) === 'query'
  if (type !== 'http') return false
  const { method } = context.switchToHttp().getRequest<{ readonly method?: string }>()
  return method === 'GET' || method === 'HEAD'
}

/** The last of a resolver's arguments says what it is part of. */
function operationOf(context: ExecutionContext): string | undefined {
  const info = context.getArgByIndex<{ readonly operation?: { readonly operation?: string } } | undefined>(3)
  return info?.operation?.operation
}

function isLongLived(context: ExecutionContext): boolean {
  if (context.getType<string>() === 'graphql') return operationOf(context) === 'subscription'
  return Reflect.getMetadata(SSE, context.getHandler()) === true
}

/** Nest's metadata of a handler's parameters: the keys begin with the kind of the parameter, 1 for `@Res()`, 2 for `@Next()`. */
const PARAMETERS = '__routeArguments__'

function answersItself(context: ExecutionContext): boolean {
  const parameters: unknown = Reflect.getMetadata(PARAMETERS, context.getClass(), context.getHandler().name)
  return Object.keys(parameters ?? {}).some((key) => key.startsWith('1:') || key.startsWith('2:'))
}
