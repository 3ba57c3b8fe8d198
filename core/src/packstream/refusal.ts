/**
 * The error of a value that can't be packed. Each container that it propagates through adds its step to the path; so packing
 * valid values costs nothing for paths.
 */

import { type DriverError, ParameterError } from '../errors/index.ts'
import { limits } from './limits.ts'

type Step = string | number

/** The most steps of a path that an error shows. */
const mostSteps = 40

/** Makes an error from the reason and the path of the value. */
export type RefusalError = (what: string, path: string) => DriverError

export class Refusal extends Error {
  /** Whether nesting is the reason; the cause may be a cycle. */
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

  /** Records that the value is at `step` of `container`. */
  left(container: object, step: Step): void {
    this.#containers.push(container)
    this.#steps.push(step)
  }

  /** The number of steps from the outermost container to where a cycle closes; 0: there is no cycle. */
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
   * The error for the caller. Its stack begins with the function that called `below`.
   * @param root - the name of the outermost value in errors
   * @param named - turns a path in the protocol's terms into one in the API's terms
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

/** The refusal of a value that is nested too deeply; the cause may be a cycle. */
export function nestedTooDeep(): Refusal {
  return new Refusal(`is nested more than ${limits.nesting} deep`, parameterError, true)
}

/** Adds a container to the path of a refusal, and returns the error. */
export function leaving(error: unknown, container: object, step: Step): unknown {
  if (error instanceof Refusal) error.left(container, step)
  return error
}

function parameterError(what: string, path: string): ParameterError {
  return new ParameterError(`${path} ${what}`, { path })
}

/** The path in JavaScript syntax; a long one is shortened in the middle. */
function written(steps: readonly Step[]): string {
  if (steps.length <= mostSteps) return steps.map(oneWritten).join('')
  return `${written(steps.slice(0, mostSteps - 8))}…${written(steps.slice(-8))}`
}

function oneWritten(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
