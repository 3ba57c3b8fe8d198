import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/index.ts'
import { parseUri } from './uri.ts'

describe('a connection URI', () => {
  it.each([
    ['bolt://localhost', 'bolt', false, 'plain'],
    ['bolt+s://localhost', 'bolt+s', false, 'verified'],
    ['bolt+ssc://localhost', 'bolt+ssc', false, 'any'],
    ['neo4j://localhost', 'neo4j', true, 'plain'],
    ['neo4j+s://localhost', 'neo4j+s', true, 'verified'],
    ['neo4j+ssc://localhost', 'neo4j+ssc', true, 'any'],
    ['NEO4J+S://localhost', 'neo4j+s', true, 'verified'],
  ])('%s has its scheme decide about routing and encryption', (uri, scheme, routing, security) => {
    expect(parseUri(uri)).toMatchObject({ scheme, routing, security })
  })

  it.each([
    ['neo4j://example.com:1234', 'example.com:1234'],
    ['neo4j://example.com', 'example.com:7687'],
    ['neo4j://example.com:', 'example.com:7687'],
    ['neo4j://example.com/', 'example.com:7687'],
    ['neo4j://my_container-1:7687', 'my_container-1:7687'],
    ['neo4j://127.0.0.1:7688', '127.0.0.1:7688'],
    ['neo4j://[::1]:7688', '[::1]:7688'],
    ['neo4j://[::1]', '[::1]:7687'],
    ['neo4j://[fe80::1%25eth0]:1', '[fe80::1%eth0]:1'],
    ['neo4j://bücher.example', 'xn--bcher-kva.example:7687'],
    ['neo4j://b%C3%BCcher.example', 'xn--bcher-kva.example:7687'],
  ])('%s points at %s', (uri, address) => {
    expect(String(parseUri(uri).address)).toBe(address)
  })

  it('of an IPv6 host gives an IPv6 address', () => {
    expect(parseUri('bolt://[::1]:7687').address.family).toBe(6)
    expect(parseUri('bolt://localhost:7687').address.family).toBe(4)
  })
})

describe('the routing context', () => {
  it('is the query string', () => {
    expect(parseUri('neo4j://host?region=eu+west&policy=%C3%BC%26').routingContext).toEqual({
      region: 'eu west',
      policy: 'ü&',
    })
    expect(parseUri('neo4j://host').routingContext).toEqual({})
    expect(parseUri('neo4j://host?').routingContext).toEqual({})
    expect(Object.keys(parseUri('neo4j://host?__proto__=x').routingContext ?? {})).toEqual(['__proto__'])
  })

  it('does not exist for bolt', () => {
    expect(parseUri('bolt://host').routingContext).toBeNull()
    expect(parseUri('bolt://host?').routingContext).toBeNull()
    expect(() => parseUri('bolt://host?a=b')).toThrow(/bolt:\/\/ does not route/)
    expect(() => parseUri('bolt+s://host?a=b')).toThrow(ConfigurationError)
  })

  it.each([
    ['neo4j://host?a=1&a=2', /"a" more than once/],
    ['neo4j://host?address=1', /"address"/],
    ['neo4j://host?a', /no value for "a"/],
    ['neo4j://host?a=', /no value for "a"/],
    ['neo4j://host?=1', /value without a key/],
  ])('of %s is refused', (uri, message) => {
    expect(() => parseUri(uri)).toThrow(ConfigurationError)
    expect(() => parseUri(uri)).toThrow(message)
  })
})

describe('a malformed URI', () => {
  it.each([
    ['', /malformed/],
    ['localhost:7687', /malformed/],
    ['neo4j:/host', /malformed/],
    ['neo4j//host', /malformed/],
    [' neo4j://host', /malformed/],
    ['http://host', /"http" is not supported/],
    ['bolt+routing://host', /"bolt\+routing" is not supported/],
    ['neo4js://host', /did you mean neo4j\+s:\/\//],
    ['neo4j://', /no host/],
    ['neo4j://:7687', /no host/],
    ['neo4j://host:port', /port must be a number/],
    ['neo4j://host:0', /port must be a number/],
    ['neo4j://host:65536', /port must be a number/],
    ['neo4j://host:-1', /port must be a number/],
    ['neo4j://host:1:2', /port must be a number|brackets/],
    ['neo4j://::1:7687', /brackets|no host|port/],
    ['neo4j://[::1:7687', /brackets/],
    ['neo4j://[localhost]:7687', /not an IPv6 address/],
    ['neo4j://ho st', /host is malformed/],
    ['neo4j://host%zz', /percent/],
    ['neo4j://host/database', /path.*option database/],
    ['neo4j://host#fragment', /fragment/],
  ])('%j is refused with a reason', (uri, message) => {
    expect(() => parseUri(uri)).toThrow(ConfigurationError)
    expect(() => parseUri(uri)).toThrow(message)
  })

  it('is refused when it is no string', () => {
    for (const uri of [undefined, null, 7687, {}, new URL('http://localhost')]) {
      expect(() => parseUri(uri)).toThrow(/must be a string/)
    }
  })

  it.each([
    'neo4j://neo4j:s3cret@host:7687',
    'neo4j://s3cret@host',
    'neo4j:s3cret@host',
    'neo4j:s3cret@host://x',
    'bolt://neo4j:s3cret@host?a=b',
    's3cret://neo4j:s3cret2@host/#x',
  ])('never shows the user name and password in it (%#)', (uri) => {
    expect(() => parseUri(uri)).toThrow(ConfigurationError)
    expect(() => parseUri(uri)).not.toThrow(/s3cret2|s3cret@|:s3cret/)
  })
})
