import { describe, expect, it } from 'vitest'
import { explainLookupFailure, resolveEndpoint } from './resolve.ts'

describe('resolving an endpoint', () => {
  it('leaves IP addresses alone', async () => {
    const lookup = () => Promise.reject(new Error('asked'))
    expect(await resolveEndpoint({ host: '192.0.2.7', port: 1 }, lookup)).toEqual([{ host: '192.0.2.7', port: 1 }])
    expect(await resolveEndpoint({ host: '::1', port: 1 }, lookup)).toEqual([{ host: '::1', port: 1 }])
  })

  it('alternates families, the preferred one first, without duplicates', async () => {
    const lookup = async () => ['2001:db8::1', '2001:db8::2', '192.0.2.1', '2001:db8::1', '2001:db8::3']
    const endpoints = await resolveEndpoint({ host: 'db.example', port: 7687 }, lookup)
    expect(endpoints.map(({ host }) => host)).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '2001:db8::3'])
    expect(new Set(endpoints.map(({ port }) => port))).toEqual(new Set([7687]))
  })

  it('asks the operating system by default', async () => {
    const hosts = (await resolveEndpoint({ host: 'localhost', port: 1 })).map(({ host }) => host)
    expect(hosts.some((host) => host === '127.0.0.1' || host === '::1')).toBe(true)
  })

  it('takes an empty answer for a failure', async () => {
    await expect(resolveEndpoint({ host: 'db.example', port: 1 }, async () => [])).rejects.toThrow('no address')
  })

  it('puts failures into words', () => {
    expect(explainLookupFailure(Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' }))).toBe(
      'no such host name',
    )
    expect(explainLookupFailure(new Error('custom'))).toBe('custom')
  })
})
