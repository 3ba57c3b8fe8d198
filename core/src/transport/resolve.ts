import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Endpoint } from './transport.ts'

/** Turns a host name into IP addresses, the preferred one first. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** The operating system's name resolution: DNS, the hosts file and other configured sources. */
export const systemLookup: Lookup = async (host) => {
  const found = await dnsLookup(host, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/** The endpoints behind one name, in the order in which to try them. An IP address resolves to itself. */
export async function resolveEndpoint(endpoint: Endpoint, lookup: Lookup = systemLookup): Promise<Endpoint[]> {
  if (isIP(endpoint.host) !== 0) return [endpoint]
  const addresses = await lookup(endpoint.host)
  if (addresses.length === 0) throw new Error('the name resolves to no address')
  return alternateFamilies(addresses).map((host) => ({ host, port: endpoint.port }))
}

/** RFC 8305, section 4: alternates IPv4 and IPv6, starting with the family that the resolver put first. */
function alternateFamilies(addresses: readonly string[]): string[] {
  const unique = [...new Set(addresses)]
  const leading = isIP(unique[0] ?? '')
  const first = unique.filter((address) => isIP(address) === leading)
  const second = unique.filter((address) => isIP(address) !== leading)
  const turns: string[] = []
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    const [a, b] = [first[i], second[i]]
    if (a !== undefined) turns.push(a)
    if (b !== undefined) turns.push(b)
  }
  return turns
}

const DNS_FAILURES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host name',
  ENODATA: 'the host name has no address',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEOUT: 'the name server does not answer',
  ESERVFAIL: 'the name server failed',
}

/** A readable reason why a name could not be resolved. */
export function explainLookupFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code !== undefined && DNS_FAILURES[code]) || message || String(error)
}
