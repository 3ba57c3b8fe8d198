/**
 * The state of the page: publishes events to connected browsers, and keeps the newest of each kind for browsers that connect
 * later.
 */

/** One span of a trace, as the page draws it. */
export interface SpanView {
  readonly id: string
  readonly parent: string | null
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal'
  /** ms on the clock of the run. */
  readonly start: number
  readonly end: number
  readonly error: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly at: number }[]
}

export interface TraceView {
  readonly id: string
  readonly service: string
  readonly spans: readonly SpanView[]
  readonly retries: number
  readonly failed: boolean
  /** Worth a look: retried, failed, or slower than most. */
  readonly notable: boolean
}

export interface PoolView {
  readonly name: string
  /** How many servers the driver has connections to. */
  readonly servers: number
  readonly inUse: number
  readonly idle: number
  readonly creating: number
  readonly waiting: number
  readonly max: number
}

export interface HealthView {
  readonly name: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly about: string
}

/** Something that happened: a retry, a fault, lag that a bookmark bridged. */
export interface Moment {
  /** ms since the start of the run. */
  readonly at: number
  readonly kind: 'retry' | 'fault' | 'bridged'
  readonly text: string
}

export interface GraphView {
  readonly nodes: readonly {
    readonly id: string
    readonly label: string
    readonly caption: string
    readonly properties: Readonly<Record<string, unknown>>
  }[]
  readonly relationships: readonly {
    readonly id: string
    readonly type: string
    readonly start: string
    readonly end: string
  }[]
}

/** The events of the page and what they carry. */
export interface StageEvents {
  readonly server: { readonly text: string }
  readonly totals: Readonly<Record<string, number>>
  readonly pools: readonly PoolView[]
  readonly health: readonly HealthView[]
  readonly graph: GraphView
  readonly moment: Moment
  readonly trace: TraceView
  readonly end: null
}

export type StageEvent = keyof StageEvents
export type Watcher = (event: StageEvent, payload: StageEvents[StageEvent]) => void

/** Kinds of which a browser that connects later gets only the newest event. */
const latestOnly = ['server', 'totals', 'pools', 'health', 'graph', 'end'] as const
const mostTraces = 150
const mostMoments = 100

export class Stage {
  readonly #latest = new Map<StageEvent, StageEvents[StageEvent]>()
  readonly #traces = new Map<string, TraceView>()
  readonly #moments: Moment[] = []
  readonly #watchers = new Set<Watcher>()

  show<E extends StageEvent>(event: E, payload: StageEvents[E]): void {
    if (event === 'trace') {
      const trace = payload as TraceView
      this.#traces.set(trace.id, trace)
      if (this.#traces.size > mostTraces) this.#traces.delete(this.#traces.keys().next().value as string)
    } else if (event === 'moment') {
      this.#moments.push(payload as Moment)
      if (this.#moments.length > mostMoments) this.#moments.shift()
    } else this.#latest.set(event, payload)
    for (const watcher of this.#watchers) watcher(event, payload)
  }

  /** Sends a subscriber the kept events, then new ones. Returns a function that unsubscribes it. */
  watch(watcher: Watcher): () => void {
    for (const trace of this.#traces.values()) watcher('trace', trace)
    for (const moment of this.#moments) watcher('moment', moment)
    for (const event of latestOnly) {
      const payload = this.#latest.get(event)
      if (payload !== undefined) watcher(event, payload)
    }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}
