/**
 * Adds the caller's line to the stack of an error. The stack of an error made in a socket callback shows only the event loop;
 * so public calls capture where they were called, and append these frames to the error's own.
 */

import { clock } from '../time/clock.ts'

/** A captured place in the caller's code. V8 formats `stack` only when it is first read. */
export interface CallSite {
  readonly stack?: string
}

/** Each of several nested public calls (a query in a managed transaction) adds its site; a shared error must not collect hundreds. */
const MOST_SITES = 4
const sitesAdded = new WeakMap<object, number>()

/** Every captured frame costs each query time; these are enough to show the caller. */
const MOST_FRAMES = 5
/** More than {@link MOST_FRAMES}, because some of the awaiting functions are the driver's own. */
const MOST_FRAMES_WAITING = 20

/**
 * Captures the frames below `below`, the public function that was called. The frames are not formatted until an error needs
 * them.
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

/** Capturing a call site costs as much time as a short query; the cost of this many per second is negligible. */
const MOST_PER_SECOND = 500
let second = 0
let capturedInSecond = 0

/** Stands for a call site that was not captured: {@link atCallSite} finds the awaiting frames when an error needs them. */
const foundLater: CallSite = Object.freeze({})

/**
 * For calls that programs make thousands of times a second, and whose rejections V8 can follow through `await`s: captures the
 * first calls of each second like {@link captureCallSite}. For the others, {@link atCallSite} uses the place where the rejected
 * promise is awaited.
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

/** The frames of the functions that await the running one, without its own frame. */
function captureWaiting(): CallSite {
  const site: CallSite = {}
  const limit = Error.stackTraceLimit
  const raised = Reflect.set(Error, 'stackTraceLimit', MOST_FRAMES_WAITING)
  Error.captureStackTrace(site, atCallSite)
  if (raised) Error.stackTraceLimit = limit
  return site
}

/**
 * Appends the frames of `site` to `error.stack` unless it has them already, and returns the error. Values that are not errors,
 * and errors whose stack cannot be changed, are returned as they are.
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
  // Many awaiting callers share the same leading frames of the driver, so compare all frames, not just the first.
  if (waiting && stack.includes(frames.join('\n'))) return
  // The error's own frames may include the call site but end there.
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
