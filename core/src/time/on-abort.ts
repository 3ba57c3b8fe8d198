/** The part of an `AbortSignal` that the driver uses. */
export interface Abortable {
  readonly aborted: boolean
  readonly reason: AbortSignal['reason']
  throwIfAborted(): void
}

/**
 * Aborts with the first of several signals. Unlike `AbortSignal.any`, it has listeners on them only while {@link onAbort} is
 * subscribed, so it leaves none on a signal that outlives the call.
 */
export class FirstAborted implements Abortable {
  readonly signals: readonly Abortable[]

  constructor(signals: readonly Abortable[]) {
    this.signals = signals
  }

  get aborted(): boolean {
    return this.signals.some(({ aborted }) => aborted)
  }

  get reason(): AbortSignal['reason'] {
    return this.signals.find(({ aborted }) => aborted)?.reason
  }

  throwIfAborted(): void {
    for (const signal of this.signals) signal.throwIfAborted()
  }
}

/** The reactions to the abort of one signal, and their common listener. */
interface Listening {
  readonly reactions: Set<() => void>
  readonly tell: () => void
}

const nothing = (): void => undefined
const listening = new WeakMap<AbortSignal, Listening>()

/**
 * Calls `react` once when the signal aborts, or at once if it has already; the returned function unsubscribes. All reactions to
 * one signal share a single listener: otherwise Node would warn of a leak if many queries of a request use the same signal.
 */
export function onAbort(signal: Abortable, react: () => void): () => void {
  if (signal.aborted) {
    react()
    return nothing
  }
  if (signal instanceof FirstAborted) return onFirstAbort(signal.signals, react)
  // Every other Abortable is a real signal.
  return onSignal(signal as AbortSignal, react)
}

function onFirstAbort(signals: readonly Abortable[], react: () => void): () => void {
  const stops: (() => void)[] = []
  const stop = (): void => {
    for (const each of stops) each()
  }
  for (const signal of signals) {
    stops.push(
      onAbort(signal, () => {
        stop()
        react()
      }),
    )
  }
  return stop
}

function onSignal(signal: AbortSignal, react: () => void): () => void {
  const known = listening.get(signal) ?? listenTo(signal)
  const { reactions, tell } = known
  reactions.add(react)
  return () => {
    reactions.delete(react)
    if (reactions.size > 0 || listening.get(signal) !== known) return
    listening.delete(signal)
    signal.removeEventListener('abort', tell)
  }
}

function listenTo(signal: AbortSignal): Listening {
  const reactions = new Set<() => void>()
  const tell = (): void => {
    listening.delete(signal)
    for (const react of reactions) react()
  }
  const fresh = { reactions, tell }
  listening.set(signal, fresh)
  signal.addEventListener('abort', tell, { once: true })
  return fresh
}
