/** The driver's own credentials: asks their manager for them, and tells it of the refusals that concern it. */

import { isNeo4jError, markHandled, type Neo4jError } from '../errors/index.ts'
import { type Auth, toAuth } from '../values/auth.ts'
import { isThenable } from '../values/thenable.ts'
import type { AuthManager } from './auth-managers.ts'

export class Credentials {
  readonly #manager: AuthManager
  /** The credentials that each refusal was meant for. */
  readonly #refused = new WeakMap<Error, Auth>()
  readonly #judgements = new WeakMap<Error, Promise<void>>()

  constructor(manager: AuthManager) {
    this.#manager = manager
  }

  /** Those to use now: at once where nothing has to be waited for. */
  current(): Auth | Promise<Auth> {
    const auth = this.#manager.getAuth()
    return isThenable(auth) ? Promise.resolve(auth).then(toAuth) : toAuth(auth)
  }

  /** Remembers what the server said to whoever was logged in with `auth`, for {@link judge}. */
  note(error: unknown, auth: Auth): void {
    if (isRefusal(error)) this.#refused.set(error, auth)
  }

  /**
   * Has a refusal dealt with before anybody decides whether to try again: what the manager says that it has handled is
   * retryable. It is told once, whoever asks.
   */
  judge(error: unknown): Promise<void> | undefined {
    if (!isRefusal(error)) return undefined
    const auth = this.#refused.get(error)
    if (auth === undefined) return undefined
    let judgement = this.#judgements.get(error)
    if (judgement === undefined) {
      judgement = this.#judge(error, auth)
      this.#judgements.set(error, judgement)
    }
    return judgement
  }

  async #judge(error: Neo4jError, auth: Auth): Promise<void> {
    if (await this.#manager.handleSecurityException(auth, error)) markHandled(error)
  }
}

function isRefusal(error: unknown): error is Neo4jError {
  return isNeo4jError(error) && error.code?.startsWith('Neo.ClientError.Security.') === true
}
