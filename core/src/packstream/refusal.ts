/**
 * A value that can't be packed, on its way out of the containers that it lies in: each adds its place. So nothing is noted
 * while values are packed that can be, and the path is known where one can't.
 */

import { type DriverError, ParameterError } from '../errors/index.ts'
import { limits } from './limits.ts'

type Step = string | number

/** No reader counts further. */
const mostSteps = 40

/** Makes an error of what is wrong and of the path where it is. */
export type RefusalError = (what: string, path: string) => DriverError

export class Refusal extends Error {
  /** Nesting alone is the reason, which may be a cycle. */
  readonly tooDeep: boolean
  readonly #what: string
  readonly #make: RefusalError
  readonly #steps: Step[] = []
  readonly #containers: object[] = []

  constructor(what: string, make: RefusalError = parameterError, tooDeep = false) {
    super(what)
    this.#what = what
    this.#make = make
    this.tooDeep = tooDeep
  }

  /** The value lies in `container`, at `step`. */
  left(container: object, step: Step): void {
    this.#containers.push(container)
    this.#steps.push(step)
  }

  /** Where a container lies in itself: the number of steps from the outermost one to where the cycle closes; 0: nowhere. */
  get #cycle(): number {
    const outermostFirst = this.#containers.toReversed()
    const seen = new Set<object>()
    for (const [depth, container] of outermostFirst.entries()) {
      if (seen.has(container)) return depth
      seen.add(container)
    }
    return 0
  }

  get cyclic(): boolean {
    return this.#cycle > 0
  }

  /**
   * What the caller is told. Its stack begins with whoever called `below`.
   * @param root - what errors call the outermost value
   * @param named - the caller's name for a path
   */
  error(root: string, named: (path: string) => string, below: (...args: never[]) => unknown): DriverError {
    const error = this.#error(root, named)
    Error.captureStackTrace(error, below)
    return error
  }

  #error(root: string, named: (path: string) => string): DriverError {
    const cycle = this.tooDeep ? this.#cycle : 0
    const steps = this.#steps.toReversed()
    const path = named(root + written(cycle > 0 ? steps.slice(0, cycle) : steps))
    if (cycle > 0) return this.#make('refers back to an object that contains it (a cycle)', path)
    return this.#make(this.#what, path)
  }
}

/** Nesting that may be a cycle, or is deeper than any server reads. */
export function nestedTooDeep(): Refusal {
  return new Refusal(`is nested more than ${limits.nesting} deep`, parameterError, true)
}

/** Gives the error back, after it has been told which container it leaves. */
export function leaving(error: unknown, container: object, step: Step): unknown {
  if (error instanceof Refusal) error.left(container, step)
  return error
}

function parameterError(what: string, path: string): ParameterError {
  return new ParameterError(`${path} ${what}`, { path })
}

/** Steps as code has them. Of very many, the first and the last. */
function written(steps: readonly Step[]): string {
  if (steps.length <= mostSteps) return steps.map(oneWritten).join('')
  return `${written(steps.slice(0, mostSteps - 8))}…${written(steps.slice(-8))}`
}

function oneWritten(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
