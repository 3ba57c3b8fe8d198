/** The messages between this process and the engine's process. */

/** A value in the engine's representation. */
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

/** The counters of a query's changes, under the engine's names. */
export interface EngineCounters {
  readonly nodesCreated: number
  readonly nodesDeleted: number
  readonly edgesCreated: number
  readonly edgesDeleted: number
  readonly propertiesSet: number
  readonly labelsAdded: number
  readonly labelsRemoved: number
}

/** The answer to a query, with its first rows. */
export interface EngineAnswer {
  readonly columns: readonly string[]
  readonly length: number
  readonly counters: EngineCounters
  /** The Arrow schema of the columns; null without rows. */
  readonly types: Uint8Array | null
  readonly rows: readonly (readonly EngineValue[])[]
}

export type EngineMessage =
  | { readonly ready: true }
  /** The engine can't be loaded. */
  | { readonly missing: string }
  /** The process ends itself because it uses this many bytes. */
  | { readonly memory: number }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly gqlStatus: string | null } }
