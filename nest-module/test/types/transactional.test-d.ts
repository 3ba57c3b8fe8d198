// Checked by the compiler, never run: what must not compile.

import { ReadTransaction, Transactional, type TransactionHost } from '@boltline/nestjs'
import type { Observable } from 'rxjs'

export class Typed {
  @Transactional()
  async promise(): Promise<number> {
    return 1
  }

  @ReadTransaction({ connection: 'audit' })
  async *generator(): AsyncGenerator<string> {
    yield 'x'
  }

  @Transactional({ returns: 'observable' })
  observable(source: Observable<number>): Observable<number> {
    return source
  }

  // @ts-expect-error a method that gives no promise
  @Transactional()
  synchronous(): number {
    return 1
  }

  // @ts-expect-error an arrow function is a property
  @Transactional()
  arrow = async (): Promise<number> => 1

  // @ts-expect-error Neo4j has no savepoints
  @Transactional({ propagation: 'nested' })
  async nested(): Promise<void> {
    await Promise.resolve()
  }

  // @ts-expect-error ReadTransaction has no mode option
  @ReadTransaction({ mode: 'write' })
  async mode(): Promise<void> {
    await Promise.resolve()
  }
}

export async function typedRun(host: TransactionHost): Promise<number> {
  const value: number = await host.run({ mode: 'read' }, async () => 1)
  // @ts-expect-error the value's type is kept
  const text: string = await host.run({}, async () => 1)
  return value + text.length
}
