/**
 * One connection of TestKit: the objects created for it, by id, and the callbacks that wait for its answers. Requests are
 * handled concurrently, because a unit of work continues while TestKit runs its queries.
 */

import type {
  AuthManager,
  BookmarkManager,
  ClientCertificateProvider,
  Driver,
  ManagedTransaction,
  Result,
  Session,
  Transaction,
} from '@boltline/core'
import { ClientCodeError, errorResponse } from './errors.ts'
import { Registry } from './registry.ts'
import { frame, type Message } from './wire.ts'

/** An explicit or managed transaction, with the operations that TestKit requests. */
export type AnyTransaction = Pick<ManagedTransaction, 'run'> &
  Partial<Pick<Transaction, 'commit' | 'rollback' | 'close'>>

/** A result and the iterator that reads it. */
export interface OpenResult {
  readonly result: Result
  readonly records: AsyncIterator<Iterable<unknown>>
}

/** Ends a unit of work that waits for TestKit to decide between commit and rollback. */
export interface Verdict {
  readonly commit: () => void
  readonly fail: (error: unknown) => void
}

export class Conversation {
  readonly #write: (text: string) => void
  readonly #ids = { last: 0 }
  readonly drivers = new Registry<Driver>('driver', this.#ids)
  readonly sessions = new Registry<Session>('session', this.#ids)
  readonly transactions = new Registry<AnyTransaction>('transaction', this.#ids)
  readonly results = new Registry<OpenResult>('result', this.#ids)
  readonly authManagers = new Registry<AuthManager>('auth manager', this.#ids)
  readonly bookmarkManagers = new Registry<BookmarkManager>('bookmark manager', this.#ids)
  readonly certificateProviders = new Registry<ClientCertificateProvider>('certificate provider', this.#ids)
  readonly verdicts = new Map<number, Verdict>()
  readonly #errors = new Registry<unknown>('error', this.#ids)
  readonly #callbacks = new Map<number, (answer: unknown) => void>()

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  respond(name: string, data: object = {}): void {
    this.#write(frame({ name, data }))
  }

  /** Sends TestKit a request of the driver and waits for its answer. */
  ask<Answer>(name: string, data: object): Promise<Answer> {
    const id = this.newId()
    return new Promise((resolve) => {
      this.#callbacks.set(id, resolve as (answer: unknown) => void)
      this.respond(name, { id, ...data })
    })
  }

  /** Passes TestKit's answer to the callback that waits for it. */
  answered(requestId: number, answer: unknown): void {
    this.#callbacks.get(requestId)?.(answer)
    this.#callbacks.delete(requestId)
  }

  newId(): number {
    return ++this.#ids.last
  }

  report(error: unknown): void {
    const response: Message = errorResponse(error, this.#errors.put(error))
    this.respond(response.name, response.data)
  }

  /** The error that TestKit sends back: one of the driver's, or one of its own. */
  errorOf(id: number | ''): unknown {
    return id === '' ? new ClientCodeError('the unit of work failed in the code of the test') : this.#errors.get(id)
  }

  /** Called after TestKit has disconnected: closes the objects that are still open. */
  async end(): Promise<void> {
    for (const { fail } of this.verdicts.values()) fail(new ClientCodeError('TestKit has gone'))
    await Promise.all([...this.drivers.values()].map((driver) => driver.close()))
  }
}
