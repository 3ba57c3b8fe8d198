import { isIPv6 } from 'node:net'
import { checkedOptions, found } from '../platform/checked-options.ts'
import { inspection } from '../platform/inspection.ts'

/** The parts of an address: host and port (IPv4 or a name), or these with flow information and scope (IPv6). */
export type AddressParts = readonly [host: string, port: number | string, flow?: number, scope?: number]

/** Everything an address can be made from where the driver asks for one. */
export type AddressInput = Address | string | AddressParts

/** What {@link Address.parse} takes for missing parts. */
export interface AddressDefaults {
  /** Default: `'localhost'`. */
  readonly defaultHost?: string | null | undefined
  /** Default: 0. */
  readonly defaultPort?: number | null | undefined
}

/** The part of a connected socket an address is read from. `net.Socket` and `tls.TLSSocket` fit. */
export interface ConnectedSocket {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly remoteFamily?: string | undefined
}

const SERVICES: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
  ['bolt', 7687],
])
const LARGEST_PORT = 65535

/**
 * The address of a server. Immutable; iterates over its parts.
 *
 * @example
 * ```ts
 * new Address(['example.com', 7687])      // IPv4Address('example.com:7687')
 * new Address(['::1', 7687, 0, 0])        // IPv6Address('[::1]:7687')
 * Address.parse('[::1]:7687').host        // '::1'
 * ```
 */
export class Address implements Iterable<string | number> {
  /** A name or an IP address, without brackets. */
  readonly host: string
  /** The port as given: a number, digits, or the name of a service. See {@link Address.portNumber}. */
  readonly port: number | string

  /** @param parts - two parts give an {@link IPv4Address} (names too), more an {@link IPv6Address} */
  constructor(parts: Iterable<string | number> | AddressParts) {
    const list = partsOf(parts)
    this.host = list[0]
    this.port = list[1]
    if (new.target === Address) {
      const family = list.length === 2 ? IPv4Address : IPv6Address
      // biome-ignore lint/correctness/noConstructorReturn: the parts alone decide which of the two classes an address is of
      return new family(list)
    }
  }

  /**
   * Reads `host:port` or `[host]:port`; a missing or empty part gets its default.
   *
   * @throws TypeError when `text` is no string, RangeError when its brackets do not match
   */
  static parse(text: string, defaults?: AddressDefaults): Address {
    const { host, port } = defaultParts(defaults)
    return parse(text, host, port)
  }

  /**
   * Reads several addresses from several strings, each of which may hold several separated by white space.
   *
   * @example
   * ```ts
   * Address.parseList('localhost:7687 [::1]:7687', 'example.com', { defaultPort: 7687 })
   * ```
   */
  static parseList(...args: readonly string[] | readonly [...texts: string[], defaults: AddressDefaults]): Address[] {
    const last = args.at(-1)
    const { host, port } = defaultParts(typeof last === 'string' ? undefined : last)
    const texts = typeof last === 'string' ? args : args.slice(0, -1)
    return texts.flatMap((text) => words(text).map((word) => parse(word, host, port)))
  }

  /** The address of the other end of a connected socket. */
  static fromSocket(socket: ConnectedSocket): Address {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) {
      throw new TypeError('An address can only be read from a connected socket; this one has no remote address')
    }
    return isIPv6(remoteAddress)
      ? new IPv6Address([remoteAddress, remotePort, 0, 0])
      : new IPv4Address([remoteAddress, remotePort])
  }

  /** 4 or 6. A host name counts as 4 until it has been resolved. */
  get family(): 4 | 6 {
    return 4
  }

  /**
   * The port as a number: digits are read, `http`, `https` and `bolt` are known.
   *
   * @throws RangeError for other names and for numbers no port can have, TypeError for values of other types
   */
  get portNumber(): number {
    const port: unknown = this.port
    if (typeof port !== 'number' && typeof port !== 'string') throw new TypeError(`Unknown port value: ${found(port)}`)
    const number =
      typeof port === 'number' ? port : (SERVICES.get(port) ?? (/^\d+$/.test(port) ? Number(port) : Number.NaN))
    if (!Number.isInteger(number) || number < 0 || number > LARGEST_PORT) {
      throw new RangeError(`Unknown port value: ${JSON.stringify(port)}; a port is a number from 0 to 65535`)
    }
    return number
  }

  /** Whether `other` (an address or an array of parts) has the same parts. */
  equals(other: unknown): boolean {
    if (!(other instanceof Address) && !Array.isArray(other)) return false
    const theirs = [...other]
    const mine = [...this]
    return mine.length === theirs.length && mine.every((part, i) => part === theirs[i])
  }

  /** `host:port`, or `[host]:port` where the host holds colons. */
  toString(): string {
    return this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`
  }

  /** The same as {@link Address.toString}. */
  toJSON(): string {
    return this.toString()
  }

  *[Symbol.iterator](): Generator<string | number, void, undefined> {
    yield this.host
    yield this.port
  }

  [inspection](): string {
    return `${this.family === 6 ? 'IPv6Address' : 'IPv4Address'}('${this}')`
  }
}

/** An address of two parts: an IPv4 address or a host name. Made by {@link Address}. */
export class IPv4Address extends Address {
  constructor(parts: Iterable<string | number> | AddressParts) {
    super(parts)
    Object.freeze(this)
  }
}

/** An address of four parts. Made by {@link Address}. */
export class IPv6Address extends Address {
  /** The flow information; usually 0. */
  readonly flow: number
  /** The scope id; usually 0. */
  readonly scope: number

  constructor(parts: Iterable<string | number> | AddressParts) {
    const list = partsOf(parts)
    super(list)
    this.flow = Number(list[2] ?? 0)
    this.scope = Number(list[3] ?? 0)
    Object.freeze(this)
  }

  override get family(): 4 | 6 {
    return 6
  }

  override *[Symbol.iterator](): Generator<string | number, void, undefined> {
    yield* super[Symbol.iterator]()
    yield this.flow
    yield this.scope
  }
}

/**
 * Makes an address of what a resolver returned or a routing table listed: an address (of another copy of this package too),
 * text, or an array of parts.
 *
 * @throws TypeError when it is none of these
 */
export function toAddress(input: unknown, defaultPort = 7687): Address {
  if (input instanceof Address) return input
  if (typeof input === 'string') return parse(input, 'localhost', defaultPort)
  if (typeof input === 'object' && input !== null && Symbol.iterator in input) {
    return new Address(input as Iterable<string | number>)
  }
  throw new TypeError(`An address must be an Address, a string or [host, port], found ${found(input)}`)
}

function partsOf(parts: unknown): AddressParts {
  if (typeof parts !== 'object' || parts === null || !(Symbol.iterator in parts)) {
    throw new TypeError(`An address is made from [host, port], found ${found(parts)}; text is read by Address.parse`)
  }
  const list = [...(parts as Iterable<unknown>)]
  if (list.length < 2 || list.length > 4) {
    throw new TypeError(`An address has two parts (IPv4) or four (IPv6), found ${list.length}`)
  }
  if (typeof list[0] !== 'string')
    throw new TypeError(`The host of an address must be a string, found ${found(list[0])}`)
  // The type of the port is checked by portNumber only: an address of a service this driver does not know is still one.
  return list as unknown as AddressParts
}

function defaultParts(defaults: unknown): { host: string; port: number } {
  const options = checkedOptions(defaults, ['defaultHost', 'defaultPort'], 'address')
  const host = options.defaultHost ?? 'localhost'
  const port = options.defaultPort ?? 0
  if (typeof host !== 'string') throw new TypeError(`defaultHost must be a string, found ${found(host)}`)
  if (typeof port !== 'number') throw new TypeError(`defaultPort must be a number, found ${found(port)}`)
  return { host: host === '' ? 'localhost' : host, port }
}

function parse(text: string, defaultHost: string, defaultPort: number): Address {
  if (typeof text !== 'string') throw new TypeError(`An address is read from a string, found ${found(text)}`)
  if (isIPv6(text)) return new IPv6Address([text, defaultPort, 0, 0])
  if (!text.startsWith('[')) {
    const colon = text.indexOf(':')
    const host = colon === -1 ? text : text.slice(0, colon)
    return new IPv4Address([host || defaultHost, portOf(colon === -1 ? '' : text.slice(colon + 1), defaultPort)])
  }
  const bracket = text.lastIndexOf(']')
  const rest = text.slice(bracket + 1)
  if (bracket === -1 || (rest !== '' && !rest.startsWith(':'))) {
    throw new RangeError(`An IPv6 address is written [host]:port, found ${JSON.stringify(text)}`)
  }
  return new IPv6Address([text.slice(1, bracket) || defaultHost, portOf(rest.slice(1), defaultPort), 0, 0])
}

function portOf(text: string, defaultPort: number): string | number {
  if (text === '') return defaultPort
  return /^\d+$/.test(text) ? Number(text) : text
}

function words(text: unknown): string[] {
  if (typeof text !== 'string') throw new TypeError(`An address is read from a string, found ${found(text)}`)
  return text.split(/\s+/).filter((word) => word !== '')
}
