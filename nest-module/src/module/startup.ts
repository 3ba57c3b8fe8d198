/** Verifies a connection at the start, with retries until a server answers or a failure is permanent. */

import { type Driver, isRetryable } from '@boltline/core'
import { shownMessage } from '@boltline/core/options'
import { oneLine } from '@boltline/core/web'
import type { Logger } from '@nestjs/common'
import type { StartupSettings } from './settings.ts'

/**
 * Waits until a server of `driver` answers.
 * @throws the last failure, unchanged: at once when it is permanent, otherwise after the last attempt
 * @throws the signal's reason
 */
export async function connected(
  driver: Driver,
  database: string | null,
  { attempts, minDelay, maxDelay }: StartupSettings,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await driver.verifyConnectivity({ database })
    } catch (error) {
      signal.throwIfAborted()
      if (!mayPass(error)) {
        logger.error(`The connection can't work as it is set up: ${messageOf(error)}`)
        throw error
      }
      if (attempt >= attempts) {
        logger.error(`No server has answered after ${attempt} attempts: ${messageOf(error)}`)
        throw error
      }
      const delay = Math.min(maxDelay, minDelay * 2 ** (attempt - 1)) * (0.8 + 0.4 * Math.random())
      logger.warn(`Attempt ${attempt} failed, the next follows in ${Math.round(delay)} ms: ${messageOf(error)}`)
      await pause(delay, signal)
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!isRetryable(error)) return false
  // The driver retries this, because a server may be replaced; at the start it means a wrong setting.
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each.name === 'TlsHandshakeError') return false
  }
  return true
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? `${error.name}: ${shownMessage(error)}` : String(error))
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
