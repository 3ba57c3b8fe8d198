/** What each propagation does with and without an open transaction. */

import { ConfigurationError } from '@boltline/core'
import { choice } from '@boltline/core/options'

/**
 * How a transactional method relates to its caller's transaction:
 *
 * - `required`: joins it, or opens one;
 * - `requiresNew`: opens one of its own, on a connection of its own, which commits independently of the caller's;
 * - `mandatory`: joins it, and throws when none is open;
 * - `supports`: joins it, or runs each query in a transaction of its own;
 * - `notSupported`: suspends it, and runs each query in a transaction of its own;
 * - `never`: throws when one is open.
 */
export type Propagation = 'required' | 'requiresNew' | 'mandatory' | 'supports' | 'notSupported' | 'never'

interface Rule {
  /** When no transaction is open. */
  readonly without: 'open' | 'pass' | 'refuse'
  /** When one is open. */
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
