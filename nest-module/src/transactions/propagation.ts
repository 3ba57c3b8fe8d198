/** What becomes of a transactional call, by whether a transaction is open already. */

import { ConfigurationError } from '@boltline/core'
import { choice } from '@boltline/core/options'

/**
 * How a transactional method meets the transaction of its caller:
 *
 * - `required`: takes part in it, or opens one;
 * - `requiresNew`: opens one of its own, on a connection of its own, which is committed whatever becomes of the caller's;
 * - `mandatory`: takes part in it, and refuses to run without;
 * - `supports`: takes part in it, or runs without, each query by itself;
 * - `notSupported`: runs without, each query by itself, while the caller's waits;
 * - `never`: refuses to run where one is open.
 */
export type Propagation = 'required' | 'requiresNew' | 'mandatory' | 'supports' | 'notSupported' | 'never'

interface Rule {
  /** Where no transaction is open. */
  readonly without: 'open' | 'pass' | 'refuse'
  /** Where one is. */
  readonly within: 'join' | 'open' | 'suspend' | 'refuse'
}

export const propagations = {
  required: { without: 'open', within: 'join' },
  requiresNew: { without: 'open', within: 'open' },
  mandatory: { without: 'refuse', within: 'join' },
  supports: { without: 'pass', within: 'join' },
  notSupported: { without: 'pass', within: 'suspend' },
  never: { without: 'pass', within: 'refuse' },
} as const satisfies Record<Propagation, Rule>

const NAMES = Object.keys(propagations) as Propagation[]

/** @throws ConfigurationError for anything but the six, with the reason where it is `nested` */
export function checkedPropagation(value: unknown): Propagation {
  if (value === 'nested') {
    throw new ConfigurationError(
      "propagation 'nested' can't be had: Neo4j has no savepoints. Use 'required' to share the caller's transaction, or 'requiresNew' for one of its own",
    )
  }
  return choice('propagation', value, NAMES, 'required')
}
