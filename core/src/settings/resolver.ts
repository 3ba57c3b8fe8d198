import { ConfigurationError } from '../errors/index.ts'
import { found } from '../platform/checked-options.ts'
import { Address, type AddressInput, toAddress } from '../values/address.ts'

const DEFAULT_PORT = 7687

/** What a resolver may return. */
export type ResolvedAddresses = Iterable<AddressInput> | AsyncIterable<AddressInput> | Promise<Iterable<AddressInput>>

/**
 * Turns an address that the driver is about to connect to into others, ahead of DNS: the address of the URI, and those that
 * servers advertise in routing tables. Return the address itself to leave it unchanged. Several addresses are tried in order, within
 * `connectionTimeout` and `connectionAcquisitionTimeout`; the driver does not call the resolver for them again. The default port is
 * 7687.
 *
 * Pools, errors and metrics use the original address, except for the first contact with a cluster, where each returned address is a
 * router of its own. TLS sends, and checks the certificate against, the host of the original address.
 *
 * @example
 * ```ts
 * // The members of a cluster are reached through ports forwarded to this machine.
 * const ports: Record<string, number> = { 'core1.internal': 9001, 'core2.internal': 9002 }
 * const resolver = (address: Address) => {
 *   const port = ports[address.host]
 *   return [port === undefined ? address : (['127.0.0.1', port] as const)]
 * }
 * ```
 */
export type Resolver = (address: Address) => ResolvedAddresses

/** A resolver that returns checked addresses. */
export type CheckedResolver = (address: Address) => Promise<readonly Address[]>

/** Wraps the caller's resolver. Its errors reach the caller; a return value of the wrong type raises `ConfigurationError`. */
export function checkedResolver(resolver: Resolver): CheckedResolver {
  return async (address) => {
    const answer: unknown = await resolver(address)
    if (
      typeof answer !== 'object' ||
      answer === null ||
      !(Symbol.iterator in answer || Symbol.asyncIterator in answer)
    ) {
      throw new ConfigurationError(`resolver must return an iterable of addresses, but it returned ${found(answer)}`)
    }
    const addresses: Address[] = []
    for await (const item of answer as AsyncIterable<unknown>) addresses.push(resolved(item))
    return addresses
  }
}

function resolved(item: unknown): Address {
  try {
    const address = toAddress(item)
    // Address.parse uses 0 for a missing port.
    return address.portNumber === 0 ? new Address([address.host, DEFAULT_PORT]) : address
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigurationError(`resolver returned something that is no address: ${reason}`, { cause })
  }
}
