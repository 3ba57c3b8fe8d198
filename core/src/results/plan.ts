import { type Metadata, mapIn, mapNumbers, mapsIn, numberIn, textIn, textsIn } from './metadata.ts'
import { isPlainObject } from './plain-object.ts'

/** The plan of a query that was run with `EXPLAIN`: an operator and the operators that feed it. */
export interface Plan {
  /** The operator, for example `NodeByLabelScan@neo4j`. */
  readonly operatorType: string
  /** The variables of the query that the operator uses. */
  readonly identifiers: readonly string[]
  /** Details of the operator; the keys depend on the server's version. */
  readonly args: { readonly [key: string]: unknown }
  /** The operators that feed this one; empty for a leaf. */
  readonly children: readonly Plan[]
}

/**
 * The plan of a query that was run with `PROFILE`, with what the server measured. Page cache figures and the time are absent
 * if the server did not measure them.
 */
export interface ProfiledPlan extends Plan {
  readonly children: readonly ProfiledPlan[]
  /** The number of accesses to the store. */
  readonly dbHits: number
  /** The number of rows that the operator produced. */
  readonly rows: number
  readonly pageCacheHits?: number
  readonly pageCacheMisses?: number
  /** The ratio of hits to all page cache accesses, 0 to 1. */
  readonly pageCacheHitRatio?: number
  /** The time that the operator took, in the server's unit (ns). */
  readonly time?: number
}

/** Parses the plan in a summary's metadata; null if there is none. */
export function planIn(value: unknown): Plan | null {
  return isPlainObject(value) ? planOf(value) : null
}

/** Parses the profile in a summary's metadata; null if there is none. */
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
