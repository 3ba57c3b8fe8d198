/** What happens when a signal aborts, and how to stop listening to it. */
interface Listening {
  readonly reactions: Set<() => void>
  readonly tell: () => void
}

const nothing = (): void => undefined
const listening = new WeakMap<AbortSignal, Listening>()

/**
 * Calls `react` once when the signal aborts, at once where it has already; the function returned calls that off. However
 * many wait for one signal, it has a single listener: a signal that a whole request hands to its queries would have Node
 * warn of a leak otherwise.
 */
export function onAbort(signal: AbortSignal, react: () => void): () => void {
  if (signal.aborted) {
    react()
    return nothing
  }
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
