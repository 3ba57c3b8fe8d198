/**
 * Leads the stack of an error back to the line that called the driver. An error made in a socket callback shows only the
 * event loop; so public calls remember where they were made and hang that place below the error's own frames.
 */

import { clock } from '../time/clock.ts'

/** A remembered place in the caller's code. `stack` is formatted by V8 only when it is first read. */
export interface CallSite {
  readonly stack?: string
}

/** Nested public calls (a query inside a managed transaction) each add their place; a shared error must not collect hundreds. */
const MOST_SITES = 4
const sitesAdded = new WeakMap<object, number>()

/** Each query pays for every frame that is captured; these are enough to tell who called, and from where. */
const MOST_FRAMES = 5
/** Some of those who wait are functions of the driver. */
const MOST_FRAMES_WAITING = 20

/**
 * Remembers the frames below the function `below`, which is the public function the caller called. Nothing is formatted until
 * an error needs it.
 */
export function captureCallSite(below: (...args: never[]) => unknown): CallSite {
  const site: CallSite = {}
  const limit = Error.stackTraceLimit
  // Reflect.set, because the limit cannot be written where Node runs with frozen intrinsics.
  const lowered = limit > MOST_FRAMES && Reflect.set(Error, 'stackTraceLimit', MOST_FRAMES)
  Error.captureStackTrace(site, below)
  if (lowered) Error.stackTraceLimit = limit
  return site
}

/** Remembering a place costs as much as a short query does; so many a second are not felt. */
const MOST_PER_SECOND = 500
let second = 0
let capturedInSecond = 0

/** Stands for a place that nobody has remembered, because it can be found when an error needs it. */
const foundLater: CallSite = Object.freeze({})

/**
 * For calls that programs make thousands of times a second, and whose rejections V8 can follow through `await`s: remembers
 * the place like {@link captureCallSite} as long as there are few of them. Of the others, the place where the rejected
 * promise is awaited is looked for when an error needs it.
 */
export function captureFrequentCallSite(below: (...args: never[]) => unknown): CallSite {
  const now = Math.floor(clock.now() / 1000)
  if (now !== second) {
    second = now
    capturedInSecond = 0
  }
  if (capturedInSecond === MOST_PER_SECOND) return foundLater
  capturedInSecond += 1
  return captureCallSite(below)
}

/** The functions that wait for the one that is running now, behind its own frame. */
function captureWaiting(): CallSite {
  const site: CallSite = {}
  const limit = Error.stackTraceLimit
  const raised = Reflect.set(Error, 'stackTraceLimit', MOST_FRAMES_WAITING)
  Error.captureStackTrace(site, atCallSite)
  if (raised) Error.stackTraceLimit = limit
  return site
}

/**
 * Appends the frames of `site` to `error.stack` unless they are there already, and returns the error. Values that are no
 * errors, or whose stack cannot be changed, come back as they are.
 */
export function atCallSite<E>(error: E, site: CallSite): E {
  if (!(error instanceof Error)) return error
  const added = sitesAdded.get(error) ?? 0
  if (added >= MOST_SITES) return error
  try {
    append(error, site, added)
  } catch {
    // A getter or proxy around a user's error may throw; the error itself matters more than its extra frames.
    return error
  }
  return error
}

function append(error: Error, site: CallSite, added: number): void {
  const waiting = site === foundLater
  const frames = framesOf(waiting ? captureWaiting() : site)
  const first = frames[0]
  if (first === undefined || typeof error.stack !== 'string') return
  const { stack } = error
  // All who wait have functions of the driver in front, the same for many of them.
  if (waiting && stack.includes(frames.join('\n'))) return
  // The error's own frames may reach the place, and end there.
  const missing = !waiting && stack.includes(first) ? frames.filter((frame) => !stack.includes(frame)) : frames
  if (missing.length === 0) return
  const changed = Reflect.defineProperty(error, 'stack', {
    configurable: true,
    enumerable: false,
    writable: true,
    value: `${stack}\n${missing.join('\n')}`,
  })
  if (changed) sitesAdded.set(error, added + 1)
}

function framesOf(site: CallSite): string[] {
  return typeof site.stack === 'string' ? site.stack.split('\n').filter((line) => /^\s+at /.test(line)) : []
}
