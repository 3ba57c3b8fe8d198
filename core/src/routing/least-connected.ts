import type { Address } from '../values/address.ts'

/** Chooses the server with the fewest connections in use; servers with equal load take turns. */
export class LeastConnected {
  readonly #inUse: (address: Address) => number
  #turn = 0

  constructor(inUse: (address: Address) => number) {
    this.#inUse = inUse
  }

  /** Chooses a server and ends its turn. Undefined when `addresses` is empty. */
  choose(addresses: readonly Address[]): Address | undefined {
    const chosen = this.peek(addresses)
    this.endTurn(addresses)
    return chosen
  }

  /** Returns the server that {@link choose} would choose. */
  peek(addresses: readonly Address[]): Address | undefined {
    if (addresses.length < 2) return addresses[0]
    const start = this.#turn % addresses.length
    let best: Address | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (let i = 0; i < addresses.length; i++) {
      const address = addresses[(start + i) % addresses.length]
      if (address === undefined) continue
      const inUse = this.#inUse(address)
      if (inUse < fewest) {
        best = address
        fewest = inUse
      }
    }
    return best
  }

  /** Lets the next call prefer the next server. */
  endTurn(addresses: readonly Address[]): void {
    if (addresses.length > 1) this.#turn++
  }
}
