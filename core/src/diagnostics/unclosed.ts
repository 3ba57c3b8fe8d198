/**
 * Detects drivers and sessions that were never closed: when they are garbage collected, and when the process ends with them
 * open. Holds no strong reference to them.
 */

import { ResourceWarning, type Warnings } from './warnings.ts'

/** The registry entry of an open object; must not reference the object. */
interface Open {
  readonly warnings: Warnings
}

/** The open objects of one kind. */
export class Unclosed {
  readonly #advice: string
  readonly #open = new Map<object, Open>()
  readonly #collected = new FinalizationRegistry<object>((token) => this.#report(token))
  readonly #tokens = new WeakMap<object, object>()

  /** @param advice - the warning's text: what was left open and how to close it */
  constructor(advice: string) {
    this.#advice = advice
  }

  opened(owner: object, warnings: Warnings): void {
    if (!listening) {
      listening = true
      process.once('beforeExit', () => {
        for (const kind of kinds) kind.#reportAll()
      })
    }
    kinds.add(this)
    const token = {}
    this.#tokens.set(owner, token)
    this.#open.set(token, { warnings })
    this.#collected.register(owner, token, token)
  }

  closed(owner: object): void {
    const token = this.#tokens.get(owner)
    if (token === undefined) return
    this.#collected.unregister(token)
    this.#open.delete(token)
    this.#tokens.delete(owner)
  }

  #reportAll(): void {
    for (const token of [...this.#open.keys()]) this.#report(token)
  }

  #report(token: object): void {
    const open = this.#open.get(token)
    this.#open.delete(token)
    open?.warnings.emit(new ResourceWarning(this.#advice))
  }
}

const kinds = new Set<Unclosed>()
let listening = false
