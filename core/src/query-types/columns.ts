/** Reads the names of the columns that a query returns. */

import type { Keys } from './column-names.ts'
import type { Mask, Masked } from './mask.ts'
import type { Tails, Word } from './return-clause.ts'
import type { Item, SplitTail } from './return-items.ts'
import type { Fuel, IsLiteral, Open, Space } from './text.ts'

type Chosen<T extends readonly string[], Names extends readonly string[]> = T extends readonly [
  infer Tail extends string,
  ...infer Older extends readonly string[],
]
  ? SplitTail<Tail> extends infer X
    ? X extends 'closer'
      ? Chosen<Older, Names>
      : X extends readonly Item[]
        ? Joined<Tail> extends true
          ? Open
          : Keys<X, Names, true, never>
        : Open
    : never
  : Open

/** Whether the text may go on with another query behind the list. */
type Joined<T extends string> =
  Uppercase<T> extends infer U extends string
    ? U extends `${string}${'NEXT' | 'UNION' | 'ELSE'}${string}`
      ? U extends `${string}${Space | ')' | ']' | '}' | '\u0001'}${'NEXT' | 'UNION' | 'ELSE'}${Space | '{' | '(' | '\u0001'}${string}`
        ? U extends `${string}${'NEXT' | 'UNION'}${string}`
          ? true
          : U extends `${string}CASE${string}`
            ? false
            : true
        : U extends `${string}${Space | ')' | ']' | '}' | '\u0001'}${'NEXT' | 'UNION'}`
          ? true
          : false
      : false
    : never

type NoReturn<U extends string> =
  U extends `${string}${'CALL' | 'SHOW' | 'YIELD' | 'WHEN' | 'NEXT' | 'TERMINATE' | 'DATABASE'}${string}`
    ? Open
    : U extends `FINISH` | `${string}${Space | ')'}FINISH`
      ? { keys: never }
      : U extends `${string}${'CREATE' | 'MERGE' | 'SET' | 'DELETE' | 'REMOVE' | 'DROP' | 'INSERT' | 'FOREACH'}${Space | '('}${string}`
        ? { keys: never }
        : Open

type OneReturn<T extends string, N extends readonly string[]> = T extends `${infer P}RETURN${infer R}`
  ? Only<P, R, N>
  : T extends `${infer P}return${infer R}`
    ? Only<P, R, N>
    : T extends `${infer P}Return${infer R}`
      ? Only<P, R, N>
      : Open
type Only<P extends string, R extends string, N extends readonly string[]> =
  Word<P, R, true> extends 'clause' ? Chosen<[R], N> : Open

type ColumnsIn<M> =
  M extends Masked<infer T, infer N>
    ? Uppercase<T> extends infer U extends string
      ? U extends `${string}RETURN${infer UB}`
        ? UB extends `${string}RETURN${string}`
          ? Tails<T, true, [], Fuel> extends infer X
            ? X extends readonly string[]
              ? X extends readonly []
                ? Open
                : Chosen<X, N>
              : Open
            : never
          : OneReturn<T, N>
        : NoReturn<U>
      : never
    : Open

/** The columns of a query as `{ keys: names }`, or Open. */
export type ReadColumns<Q extends string> = IsLiteral<Q> extends true ? ColumnsIn<Mask<Q>> : Open
