import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { Address, IPv4Address, IPv6Address, toAddress } from './address.ts'

describe('an address', () => {
  it('of two parts is an IPv4 address, names included', () => {
    const address = new Address(['example.com', 7687])
    expect(address).toBeInstanceOf(IPv4Address)
    expect(address).toBeInstanceOf(Address)
    expect([address.host, address.port, address.portNumber, address.family]).toEqual(['example.com', 7687, 7687, 4])
    expect(String(address)).toBe('example.com:7687')
    expect([...address]).toEqual(['example.com', 7687])
    expect(inspect(address)).toBe("IPv4Address('example.com:7687')")
  })

  it('of four parts is an IPv6 address', () => {
    const address = new Address(['::1', 7687, 0, 3])
    expect(address).toBeInstanceOf(IPv6Address)
    expect(address.family).toBe(6)
    expect(String(address)).toBe('[::1]:7687')
    expect([...address]).toEqual(['::1', 7687, 0, 3])
    expect(inspect(address)).toBe("IPv6Address('[::1]:7687')")
  })

  it('is immutable and goes into JSON as text', () => {
    const address = new Address(['localhost', 1]) as { host: string }
    expect(() => {
      address.host = 'elsewhere'
    }).toThrow(TypeError)
    expect(JSON.stringify({ address })).toBe('{"address":"localhost:1"}')
  })

  it('equals addresses and arrays of the same parts', () => {
    const address = new Address(['example.com', 9999])
    expect(address.equals(new Address(['example.com', 9999]))).toBe(true)
    expect(address.equals(['example.com', 9999])).toBe(true)
    expect(address.equals(new Address(['example.com', '9999']))).toBe(false)
    expect(address.equals(new Address(['example.com', 9999, 0, 0]))).toBe(false)
    expect(address.equals('example.com:9999')).toBe(false)
  })

  it('refuses other shapes', () => {
    for (const parts of ['localhost:1', ['localhost'], ['a', 1, 0, 0, 0], [7687, 'localhost'], null, 7]) {
      expect(() => new Address(parts as never)).toThrow(TypeError)
    }
  })
})

describe('the port number', () => {
  it.each([
    [7687, 7687],
    ['7687', 7687],
    ['http', 80],
    ['https', 443],
    ['bolt', 7687],
    [0, 0],
    [65535, 65535],
  ])('of %j is %i', (port, number) => {
    expect(new Address(['localhost', port]).portNumber).toBe(number)
    expect(new Address(['localhost', port]).port).toBe(port)
  })

  it.each(['banana-protocol', '', '-1', '1.5', -1, 1.5, 65536, Number.NaN])('of %j does not exist', (port) => {
    expect(() => new Address(['localhost', port]).portNumber).toThrow(RangeError)
  })

  it('of another type does not exist either', () => {
    expect(() => new Address(['localhost', [] as never]).portNumber).toThrow(TypeError)
  })
})

describe('parsing an address', () => {
  it.each([
    ['localhost:7687', ['localhost', 7687]],
    ['[::1]:7687', ['::1', 7687, 0, 0]],
    ['localhost', ['localhost', 0]],
    ['localhost:', ['localhost', 0]],
    [':7687', ['localhost', 7687]],
    ['', ['localhost', 0]],
    ['[::1]', ['::1', 0, 0, 0]],
    ['[]:7687', ['localhost', 7687, 0, 0]],
    ['::1', ['::1', 0, 0, 0]],
    ['localhost:http', ['localhost', 'http']],
    ['[fe80::1%eth0]:7687', ['fe80::1%eth0', 7687, 0, 0]],
  ])('reads %j', (text, parts) => {
    expect([...Address.parse(text)]).toEqual(parts)
  })

  it('takes defaults for what is missing', () => {
    expect([...Address.parse('', { defaultHost: 'example.com', defaultPort: 1234 })]).toEqual(['example.com', 1234])
    expect([...Address.parse('localhost', { defaultPort: 1234 })]).toEqual(['localhost', 1234])
    expect([...Address.parse('localhost:1', { defaultHost: null, defaultPort: undefined })]).toEqual(['localhost', 1])
  })

  it('reads lists from several strings and from white space', () => {
    const expected = ['localhost:7687', '[::1]:7687', 'example.com:1']
    expect(Address.parseList('localhost:7687', '[::1]:7687', 'example.com:1').map(String)).toEqual(expected)
    expect(Address.parseList(' localhost [::1]\n', 'example.com:1', { defaultPort: 7687 }).map(String)).toEqual(
      expected,
    )
    expect(Address.parseList()).toEqual([])
  })

  it('refuses what is no text, half a bracket and unknown options', () => {
    expect(() => Address.parse(7687 as never)).toThrow(TypeError)
    expect(() => Address.parseList('a', 7 as never, 'b')).toThrow(TypeError)
    expect(() => Address.parse('[::1')).toThrow(RangeError)
    expect(() => Address.parse('[::1]7687')).toThrow(RangeError)
    expect(() => Address.parse('a', { defaultport: 1 } as never)).toThrow(ConfigurationError)
    expect(() => Address.parse('a', { defaultport: 1 } as never)).toThrow(/"defaultport".*"defaultPort"/)
  })
})

describe('the address of a socket', () => {
  it('is that of its other end', () => {
    const ipv4 = Address.fromSocket({ remoteAddress: '127.0.0.1', remotePort: 7687, remoteFamily: 'IPv4' })
    const ipv6 = Address.fromSocket({ remoteAddress: '::1', remotePort: 7687, remoteFamily: 'IPv6' })
    expect(String(ipv4)).toBe('127.0.0.1:7687')
    expect(ipv6.family).toBe(6)
  })

  it('does not exist before it is connected', () => {
    expect(() => Address.fromSocket({})).toThrow(/connected/)
  })
})

describe('what a resolver returns', () => {
  it('may be an address, text, or parts', () => {
    const address = new Address(['a', 1])
    expect(toAddress(address)).toBe(address)
    expect(String(toAddress('example.com'))).toBe('example.com:7687')
    expect(String(toAddress(['::1', 7687, 0, 0]))).toBe('[::1]:7687')
    expect(String(toAddress(['::1', 7687]))).toBe('[::1]:7687')
  })

  it('may be nothing else', () => {
    for (const input of [7687, null, undefined, { host: 'a', port: 1 }]) {
      expect(() => toAddress(input)).toThrow(TypeError)
    }
  })
})
