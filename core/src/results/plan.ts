import { type Metadata, mapIn, mapNumbers, mapsIn, numberIn, textIn, textsIn } from './metadata.ts'
import { isPlainObject } from './plain-object.ts'

/** How the database will execute a query: what `EXPLAIN` asks for. An operator with those that feed it. */
export interface Plan {
  /** The operator, for example `NodeByLabelScan@neo4j`. */
  readonly operatorType: string
  /** The variables the operator knows. */
  readonly identifiers: readonly string[]
  /** Details as the planner words them; their keys vary from server to server. */
  readonly args: { readonly [key: string]: unknown }
  /** The operators that feed this one; empty for a leaf. */
  readonly children: readonly Plan[]
}

/**
 * How the database has executed a query: what `PROFILE` asks for. Page cache figures and the time are there only where the
 * server measured them.
 */
export interface ProfiledPlan extends Plan {
  readonly children: readonly ProfiledPlan[]
  /** How often the operator touched the store. */
  readonly dbHits: number
  /** The rows it produced. */
  readonly rows: number
  readonly pageCacheHits?: number
  readonly pageCacheMisses?: number
  /** Hits as a share of all page cache accesses, 0 to 1. */
  readonly pageCacheHitRatio?: number
  /** The time spent in the operator, in the server's unit (nanoseconds). */
  readonly time?: number
}

/** The plan in a summary's metadata, null without one. */
export function planIn(value: unknown): Plan | null {
  return isPlainObject(value) ? planOf(value) : null
}

/** The profile in a summary's metadata, null without one. */
export function profileIn(value: unknown): ProfiledPlan | null {
  return isPlainObject(value) ? profileOf(value) : null
}

function planOf(metadata: Metadata): Plan {
  return Object.freeze({ ...operatorOf(metadata), children: Object.freeze(mapsIn(metadata['children']).map(planOf)) })
}

function profileOf(metadata: Metadata): ProfiledPlan {
  const measured: { -readonly [Key in (typeof optionalFigures)[number]]?: number } = {}
  for (const key of optionalFigures) {
    const figure = numberIn(metadata[key])
    if (figure !== null) measured[key] = figure
  }
  return Object.freeze({
    ...operatorOf(metadata),
    dbHits: numberIn(metadata['dbHits']) ?? 0,
    rows: numberIn(metadata['rows']) ?? 0,
    ...measured,
    children: Object.freeze(mapsIn(metadata['children']).map(profileOf)),
  })
}

const optionalFigures = ['pageCacheHits', 'pageCacheMisses', 'pageCacheHitRatio', 'time'] as const

function operatorOf(metadata: Metadata): Omit<Plan, 'children'> {
  return {
    operatorType: textIn(metadata['operatorType']) ?? '',
    identifiers: Object.freeze(textsIn(metadata['identifiers'])),
    args: Object.freeze(mapNumbers(mapIn(metadata['args']))),
  }
}
