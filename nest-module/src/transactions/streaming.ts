/**
 * Transactions that last as long as a stream is read. The consumer reads outside of the transaction, the generator or
 * Observable runs inside of it, and the consumer sees the end of the stream after the commit.
 */

import { StreamIdleError, type StreamPass } from '@boltline/core/web'
import { Observable, type Subscription } from 'rxjs'
import { ClientGone } from '../errors.ts'

/** State that a stream shares with the transaction it opens. */
export interface StreamedWork {
  /** Whether the work can be retried: no value was emitted yet. */
  readonly mayRepeat: () => boolean
  /** The stream's admission under the stream limit; set when the transaction is opened. */
  pass: StreamPass | undefined
}

/** Runs a function in a transaction. */
export type RunInTransaction = <T>(fn: () => Promise<T>, streamed: StreamedWork) => Promise<T>

type Step<N> =
  | { readonly how: 'next'; readonly value: N }
  | { readonly how: 'return'; readonly value: unknown }
  | { readonly how: 'throw'; readonly error: unknown }

/** A step that the consumer has requested. */
interface Request<T, R, N> {
  readonly step: Step<N>
  readonly answer: (result: IteratorResult<T, R>) => void
}

/** The consumer stopped reading: rolls back the stream's own transaction, and leaves a joined one as it is. */
export class Left extends Error {}

/** An async generator that runs in a transaction from its first step to its last. */
export async function* generated<T, R, N>(
  run: RunInTransaction,
  start: () => AsyncGenerator<T, R, N>,
): AsyncGenerator<T, R, N> {
  const line = new Line<T, R, N>()
  let given = false
  let asked = line.ask({ how: 'next', value: undefined as N })
  const work = async (): Promise<R> => {
    const generator = start()
    for (;;) {
      const { step, answer } = await line.current()
      const result = await advance(generator, step)
      if (step.how === 'return') throw new Left()
      if (result.done === true) return result.value
      given = true
      line.done()
      answer(result)
    }
  }
  const streamed: StreamedWork = { mayRepeat: () => !given, pass: undefined }
  const ended = run(work, streamed)
  // Each step also waits for the end of the transaction, so that a failure rejects the pending read.
  const end = ended.then((value) => ({ done: true as const, value }))
  end.catch(() => undefined)
  let finished = false
  try {
    for (;;) {
      const result = await Promise.race([asked, end])
      if (result.done === true) {
        finished = true
        return result.value
      }
      let step: Step<N>
      streamed.pass?.given()
      try {
        step = { how: 'next', value: yield result.value }
      } catch (error) {
        step = { how: 'throw', error }
      }
      streamed.pass?.asked()
      asked = line.ask(step)
    }
  } catch (error) {
    finished = true
    throw error
  } finally {
    if (!finished) {
      void line.ask({ how: 'return', value: undefined })
      await ended.catch((error: unknown) => {
        // The consumer stopped reading or its client disconnected: both are expected ends, not failures.
        if (!(error instanceof Left || error instanceof ClientGone || error instanceof StreamIdleError)) throw error
      })
    }
  }
}

function advance<T, R, N>(generator: AsyncGenerator<T, R, N>, step: Step<N>): Promise<IteratorResult<T, R>> {
  if (step.how === 'next') return generator.next(step.value)
  return step.how === 'throw' ? generator.throw(step.error) : generator.return(step.value as R)
}

/** Holds the consumer's request until the generator has answered it; at most one at a time. */
class Line<T, R, N> {
  #request: Request<T, R, N> | undefined
  #wake: (() => void) | undefined

  ask(step: Step<N>): Promise<IteratorResult<T, R>> {
    return new Promise((answer) => {
      this.#request = { step, answer }
      this.#wake?.()
      this.#wake = undefined
    })
  }

  /** The request. It stays until it is answered, so that a retry answers the same one. */
  async current(): Promise<Request<T, R, N>> {
    if (this.#request === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#request as Request<T, R, N>
  }

  done(): void {
    this.#request = undefined
  }
}

/** An Observable that runs in a transaction from the subscription on, and completes after the commit. */
export function observed<T>(run: RunInTransaction, start: () => Observable<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    let given = false
    let inner: Subscription | undefined
    let leave: (() => void) | undefined
    const work = () =>
      new Promise<void>((resolve, reject) => {
        leave = () => reject(new Left())
        if (subscriber.closed) return leave()
        inner = start().subscribe({
          next: (value) => {
            given = true
            subscriber.next(value)
          },
          error: reject,
          complete: resolve,
        })
      })
    run(work, { mayRepeat: () => !given, pass: undefined }).then(
      () => subscriber.complete(),
      (error: unknown) => {
        if (!(error instanceof Left)) subscriber.error(error)
      },
    )
    return () => {
      inner?.unsubscribe()
      leave?.()
    }
  })
}
