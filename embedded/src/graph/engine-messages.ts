/** What is said between this process and the engine's. */

/** A value as the engine takes and gives it. */
export type EngineValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | EngineValue[]
  | { [key: string]: EngineValue }

export type EngineCommand =
  | { readonly op: 'open'; readonly path: string }
  | { readonly op: 'begin' | 'commit' | 'rollback'; readonly transaction: number }
  | {
      readonly op: 'run'
      readonly transaction: number | null
      readonly query: string
      readonly parameters: { readonly [key: string]: EngineValue }
    }
  | { readonly op: 'fetch'; readonly result: number; readonly from: number }
  | { readonly op: 'release'; readonly result: number }
  | { readonly op: 'close' }

export type EngineRequest = EngineCommand & { readonly id: number }

/** What a query has changed, in the engine's words. */
export interface EngineCounters {
  readonly nodesCreated: number
  readonly nodesDeleted: number
  readonly edgesCreated: number
  readonly edgesDeleted: number
  readonly propertiesSet: number
  readonly labelsAdded: number
  readonly labelsRemoved: number
}

/** What a query gives, with its first rows. */
export interface EngineAnswer {
  readonly columns: readonly string[]
  readonly length: number
  readonly counters: EngineCounters
  /** The Arrow schema of the columns; null where there are no rows. */
  readonly types: Uint8Array | null
  readonly rows: readonly (readonly EngineValue[])[]
}

export type EngineMessage =
  | { readonly ready: true }
  /** The engine can't be loaded. */
  | { readonly missing: string }
  /** It is about to be ended, because it uses this many bytes. */
  | { readonly memory: number }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly gqlStatus: string | null } }
