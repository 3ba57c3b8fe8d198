import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from '../diagnostics/watcher.ts'
import { AuthConfigurationError, ConfigurationError, serverError } from '../errors/index.ts'
import { useClock } from '../time/clock.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { type Auth, basicAuth, bearerAuth } from '../values/auth.ts'
import { AuthManagers, ExpiringAuth, giveUpOn } from './auth-managers.ts'

const UNAUTHORIZED = serverError({ code: 'Neo.ClientError.Security.Unauthorized', message: 'm' })
const TOKEN_EXPIRED = serverError({ code: 'Neo.ClientError.Security.TokenExpired', message: 'm' })
const AUTHORIZATION_EXPIRED = serverError({ code: 'Neo.ClientError.Security.AuthorizationExpired', message: 'm' })
const FORBIDDEN = serverError({ code: 'Neo.ClientError.Security.Forbidden', message: 'm' })

let time: ManualClock
let restore: () => void
beforeEach(() => {
  time = new ManualClock(40_000)
  restore = useClock(time)
})
afterEach(() => restore())

describe('expiring credentials', () => {
  it('expire at an instant, after a while, or never', () => {
    expect(new ExpiringAuth(['user', 'pass']).expiresAt).toBeUndefined()
    expect(new ExpiringAuth(['user', 'pass'], 42_000).expiresAt).toBe(42_000)
    const original = new ExpiringAuth(['user', 'pass'], 1)
    const changed = original.expiresIn(2000)
    expect(changed.expiresAt).toBe(42_000)
    expect(changed.auth).toBe(original.auth)
    expect(original.expiresAt).toBe(1)
  })

  it('do not show what they hold', () => {
    expect(inspect(new ExpiringAuth(['user', 's3cret'], 5), { depth: 9 })).not.toContain('s3cret')
    expect(JSON.stringify(new ExpiringAuth(['user', 's3cret'], 5))).not.toContain('s3cret')
  })

  it('refuse times that are none', () => {
    for (const ms of [-1, Number.NaN, '5']) {
      expect(() => new ExpiringAuth(['u', 'p'], ms as number)).toThrow(ConfigurationError)
      expect(() => new ExpiringAuth(['u', 'p']).expiresIn(ms as number)).toThrow(ConfigurationError)
    }
    expect(() => new ExpiringAuth('x' as never)).toThrow(AuthConfigurationError)
  })
})

describe('the static manager', () => {
  it('always returns the same credentials and handles nothing', async () => {
    const auth = basicAuth('a', 'b')
    const manager = AuthManagers.static(auth)
    expect(await manager.getAuth()).toBe(auth)
    expect(await manager.handleSecurityException(auth, UNAUTHORIZED)).toBe(false)
    expect(await manager.getAuth()).toBe(auth)
    expect(await AuthManagers.static(null).getAuth()).toMatchObject({ scheme: 'none' })
  })
})

describe('the basic manager', () => {
  it('asks its provider once until the server refuses the credentials', async () => {
    let password = 0
    const provider = vi.fn(() => ['user', `password ${++password}`] as const)
    const manager = AuthManagers.basic(provider)
    expect(provider).not.toHaveBeenCalled()
    const first = (await manager.getAuth()) as Auth
    expect(first.equals(basicAuth('user', 'password 1'))).toBe(true)
    time.tick(10 ** 9)
    expect(await manager.getAuth()).toBe(first)
    expect(await manager.handleSecurityException(first, UNAUTHORIZED)).toBe(true)
    const second = (await manager.getAuth()) as Auth
    expect(second.credentials).toBe('password 2')
    expect(provider).toHaveBeenCalledTimes(2)
  })

  it('keeps credentials that were renewed before the error of the old ones arrived', async () => {
    let password = 0
    const manager = AuthManagers.basic(() => ['user', `password ${++password}`])
    const first = (await manager.getAuth()) as Auth
    await manager.handleSecurityException(first, UNAUTHORIZED)
    const second = await manager.getAuth()
    expect(await manager.handleSecurityException(first, UNAUTHORIZED)).toBe(true)
    expect(await manager.getAuth()).toBe(second)
  })

  it('does not deal with other errors', async () => {
    const provider = vi.fn(() => ['user', 'password'] as const)
    const manager = AuthManagers.basic(provider)
    const auth = (await manager.getAuth()) as Auth
    for (const error of [TOKEN_EXPIRED, AUTHORIZATION_EXPIRED, FORBIDDEN]) {
      expect(await manager.handleSecurityException(auth, error)).toBe(false)
    }
    await manager.getAuth()
    expect(provider).toHaveBeenCalledTimes(1)
  })

  it('lets concurrent callers share one call of the provider', async () => {
    let answer: ((auth: Auth) => void) | undefined
    const provider = vi.fn(
      () =>
        new Promise<Auth>((resolve) => {
          answer = resolve
        }),
    )
    const manager = AuthManagers.basic(provider)
    const calls = Promise.all([manager.getAuth(), manager.getAuth(), manager.getAuth()])
    await vi.waitUntil(() => answer !== undefined)
    const auth = basicAuth('a', 'b')
    answer?.(auth)
    expect(await calls).toEqual([auth, auth, auth])
    expect(provider).toHaveBeenCalledTimes(1)
  })

  it('passes failures of its provider on and asks again next time', async () => {
    const failure = new Error('vault is sealed')
    const provider = vi.fn<() => Promise<Auth>>().mockRejectedValueOnce(failure).mockResolvedValue(basicAuth('a', 'b'))
    const manager = AuthManagers.basic(provider)
    const calls = await Promise.allSettled([manager.getAuth(), manager.getAuth()])
    expect(calls).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ])
    expect(await manager.getAuth()).toMatchObject({ principal: 'a' })
  })

  it('refuses a provider that is none, or returns nonsense', async () => {
    expect(() => AuthManagers.basic(['a', 'b'] as never)).toThrow(AuthConfigurationError)
    await expect(AuthManagers.basic(() => 7 as never).getAuth()).rejects.toThrow(AuthConfigurationError)
  })
})

describe('the bearer manager', () => {
  function counting(lifetime?: number) {
    let token = 0
    return vi.fn(() => {
      const auth = new ExpiringAuth(bearerAuth(`token ${++token}`))
      return lifetime === undefined ? auth : auth.expiresIn(lifetime)
    })
  }

  it('asks its provider again when the credentials have expired', async () => {
    const provider = counting(1000)
    const manager = AuthManagers.bearer(provider)
    const first = await manager.getAuth()
    time.tick(999)
    expect(await manager.getAuth()).toBe(first)
    time.tick(1)
    expect(await manager.getAuth()).toMatchObject({ credentials: 'token 2' })
    expect(provider).toHaveBeenCalledTimes(2)
  })

  it('never asks again by itself when they do not expire', async () => {
    const provider = counting()
    const manager = AuthManagers.bearer(provider)
    await manager.getAuth()
    time.tick(10 ** 12)
    await manager.getAuth()
    expect(provider).toHaveBeenCalledTimes(1)
  })

  it.each([TOKEN_EXPIRED, UNAUTHORIZED])('asks again when the server refuses them (%s)', async (error) => {
    const provider = counting()
    const manager = AuthManagers.bearer(provider)
    const first = (await manager.getAuth()) as Auth
    expect(await manager.handleSecurityException(first, error)).toBe(true)
    expect(await manager.getAuth()).toMatchObject({ credentials: 'token 2' })
  })

  it('does not deal with other errors', async () => {
    const manager = AuthManagers.bearer(counting())
    const auth = (await manager.getAuth()) as Auth
    expect(await manager.handleSecurityException(auth, AUTHORIZATION_EXPIRED)).toBe(false)
    expect(await manager.handleSecurityException(auth, FORBIDDEN)).toBe(false)
  })

  it('wants to know about expiry', async () => {
    await expect(AuthManagers.bearer(() => bearerAuth('x') as never).getAuth()).rejects.toThrow(/ExpiringAuth/)
    await expect(AuthManagers.bearer(() => null as never).getAuth()).rejects.toThrow(AuthConfigurationError)
  })
})

it('credentials that come late, behind those of a later call of the provider, do not replace them', async () => {
  const answers: ((token: string) => void)[] = []
  const manager = AuthManagers.bearer(
    () =>
      new Promise((resolve) => {
        answers.push((token) => resolve(new ExpiringAuth(bearerAuth(token))))
      }),
  )
  const late = manager.getAuth()
  giveUpOn(manager, late)
  const next = manager.getAuth()
  answers[1]?.('new')
  expect(await next).toMatchObject({ credentials: 'new' })
  answers[0]?.('old')
  await late
  expect(await manager.getAuth()).toMatchObject({ credentials: 'new' })
  expect(answers).toHaveLength(2)
})

it('the log tells what managers do without showing credentials', async () => {
  const lines: string[] = []
  using watcher = watch('boltline.auth_management', { out: { write: (text) => lines.push(text) } })
  expect(watcher).toBeDefined()
  const manager = AuthManagers.basic(() => ['user', 's3cret'])
  const auth = (await manager.getAuth()) as Auth
  await manager.handleSecurityException(auth, UNAUTHORIZED)
  expect(lines.join('')).toMatch(/asking the provider.*\n.*forgetting/)
  expect(lines.join('')).not.toContain('s3cret')
})
