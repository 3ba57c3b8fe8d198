/** A Nest application with one route, whose service works in a transaction. */

import 'reflect-metadata'
import type { AddressInfo } from 'node:net'
import { BoltlineClient, BoltlineModule, WriteTransaction } from '@boltline/nestjs'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { SpanKind, trace } from '@opentelemetry/api'
import { defer, from, lastValueFrom, type Observable } from 'rxjs'
import { queries } from '../shop.ts'

@Injectable()
class Orders {
  readonly neo: BoltlineClient

  constructor(@Inject(BoltlineClient) neo: BoltlineClient) {
    this.neo = neo
  }

  @WriteTransaction()
  async place(customer: number, no: number): Promise<void> {
    await this.neo.consume(queries.order, { customer, no })
    await this.neo.consume(queries.audit)
  }
}

@Controller('orders')
class OrdersController {
  readonly orders: Orders

  constructor(@Inject(Orders) orders: Orders) {
    this.orders = orders
  }

  @Post()
  async place(): Promise<{ ordered: boolean }> {
    await this.orders.place(1, 2)
    return { ordered: true }
  }
}

/** The span of the request, which an instrumentation of HTTP would make. */
class RequestSpans implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, path } = context.switchToHttp().getRequest<{ method: string; path: string }>()
    const tracer = trace.getTracer('http')
    return defer(() =>
      from(
        tracer.startActiveSpan(`${method} ${path}`, { kind: SpanKind.SERVER }, async (span) => {
          try {
            return await lastValueFrom(next.handle())
          } finally {
            span.end()
          }
        }),
      ),
    )
  }
}

export interface NestShop extends AsyncDisposable {
  readonly origin: string
}

/** Starts it on the database at `uri`. */
export async function startNestShop(uri: string): Promise<NestShop> {
  @Module({
    imports: [BoltlineModule.forRoot({ uri, database: 'shop' })],
    controllers: [OrdersController],
    providers: [Orders],
  })
  class Shop {}
  const app = await NestFactory.create(Shop, { logger: ['error'] })
  app.useGlobalInterceptors(new RequestSpans())
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => app.close(),
  }
}
