/** The driver's own credentials: gets them from the auth manager, and passes the server's security errors to it. */

import type { Log } from '../diagnostics/log.ts'
import { isNeo4jError, isSecurityCode, markHandled, type Neo4jError, notAnswered } from '../errors/index.ts'
import { isThenable } from '../platform/thenable.ts'
import { Deadline } from '../time/deadline.ts'
import type { Abortable } from '../time/on-abort.ts'
import { waitFor } from '../time/wait-for.ts'
import { type Auth, toAuth } from '../values/auth.ts'
import { type AuthManager, giveUpOn } from './auth-managers.ts'

export class Credentials {
  readonly #manager: AuthManager
  /** The credentials that were in use when each security error arrived. */
  readonly #refused = new WeakMap<Error, Auth>()
  readonly #judgements = new WeakMap<Error, Promise<void>>()

  readonly #log: Log
  /** Aborts when the driver is closed. */
  readonly #closed: AbortSignal

  constructor(manager: AuthManager, log: Log, closed: AbortSignal) {
    this.#manager = manager
    this.#log = log
    this.#closed = closed
  }

  /**
   * The credentials to use now; a promise only if the manager is asynchronous.
   *
   * @param limit - a deadline, or a number of ms
   * @throws ConnectionAcquisitionTimeoutError if the manager does not answer within the limit
   */
  current(limit: Deadline | number, signal?: Abortable): Auth | Promise<Auth> {
    const auth = this.#manager.getAuth()
    if (!isThenable(auth)) return toAuth(auth)
    const deadline = typeof limit === 'number' ? Deadline.in(limit) : limit
    const onTimeout = () => {
      giveUpOn(this.#manager, auth)
      return notAnswered('getAuth() of the auth manager', deadline.allotted)
    }
    return waitFor(Promise.resolve(auth), signal, { deadline, onTimeout, closed: this.#closed }).then(toAuth)
  }

  /** Records a security error of a connection that was logged in with `auth`, for {@link handleAuthError}. */
  recordAuthError(error: unknown, auth: Auth): void {
    if (isRefusal(error)) this.#refused.set(error, auth)
  }

  /**
   * Lets the auth manager handle a security error before the retry decision: an error that it handled becomes retryable. The
   * manager is called once for each error; one that does not answer by the deadline has not handled it.
   */
  handleAuthError(error: unknown, deadline: Deadline, signal?: Abortable): Promise<void> | undefined {
    if (!isRefusal(error)) return undefined
    const auth = this.#refused.get(error)
    if (auth === undefined) return undefined
    let judgement = this.#judgements.get(error)
    if (judgement === undefined) {
      judgement = this.#handleAuthError(error, auth)
      this.#judgements.set(error, judgement)
    }
    return this.#inTime(error, judgement, deadline, signal)
  }

  async #inTime(
    refusal: Error,
    judgement: Promise<void>,
    deadline: Deadline,
    signal: Abortable | undefined,
  ): Promise<void> {
    let late: Error | undefined
    const onTimeout = () => {
      late = notAnswered('handleSecurityException() of the auth manager', deadline.allotted)
      return late
    }
    try {
      await waitFor(judgement, signal, { deadline, onTimeout, closed: this.#closed })
    } catch (error) {
      if (error !== late) throw error
      // The manager is not called again for this error; the caller gets the server's error, which says more than the timeout.
      this.#refused.delete(refusal)
      this.#log.warn(late?.message ?? '')
    }
  }

  async #handleAuthError(error: Neo4jError, auth: Auth): Promise<void> {
    if (await this.#manager.handleSecurityException(auth, error)) markHandled(error)
  }
}

function isRefusal(error: unknown): error is Neo4jError {
  return isNeo4jError(error) && isSecurityCode(error.code)
}
