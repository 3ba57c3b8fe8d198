import type { Address } from '../values/address.ts'

/** Chooses the server with the fewest connections in use; servers with equal load take turns. */
export class LeastConnected {
  readonly #inUse: (address: Address) => number
  #turn = 0

  constructor(inUse: (address: Address) => number) {
    this.#inUse = inUse
  }

  /** Undefined when `addresses` is empty. */
  choose(addresses: readonly Address[]): Address | undefined {
    if (addresses.length < 2) return addresses[0]
    const start = this.#turn++ % addresses.length
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
}
