/**
 * Names the columns of a RETURN's items as servers do: the alias, a variable without its backticks, or the text of the expression as it
 * stands. The name of a map projection `n {.a}` is the variable.
 */

import type { NameAt, Unescaped } from './mask.ts'
import type { Item } from './return-items.ts'
import type { Bracket, Digit, Edge, Fuel, Letter, OneBlank, Open, Trim, TrimEnd, TrimStart } from './text.ts'

export type Keys<X extends readonly Item[], Names extends readonly string[], First, Acc> = X extends readonly [
  infer I extends Item,
  ...infer Rest extends readonly Item[],
]
  ? Key<I['raw'], I['top'], Names, First> extends infer K
    ? K extends Last<infer Name>
      ? Name extends string
        ? { keys: Acc | Name }
        : Open
      : K extends string
        ? Keys<Rest, Names, false, Acc | K>
        : Open
    : never
  : { keys: Acc }

/** The two most frequent forms first: `… AS name` and `a` or `a.b`. */
type Key<
  Raw extends string,
  Top extends string,
  Names extends readonly string[],
  First,
> = Top extends `${string} AS ${infer N}`
  ? N extends `${string}${Edge | Bracket}${string}`
    ? KeyOf<Raw, Trim<OneBlank<Top>>, Names, First>
    : N
  : Raw extends ` ${infer V}`
    ? V extends `${string}${Exclude<Edge, '.'>}${string}`
      ? KeyOf<Raw, Trim<OneBlank<Top>>, Names, First>
      : V
    : KeyOf<Raw, Trim<OneBlank<Top>>, Names, First>
interface Last<Name> {
  last: Name
}

type ClauseWord = 'ORDER' | 'SKIP' | 'LIMIT' | 'OFFSET' | 'GROUP'

type KeyOf<
  Raw extends string,
  Top extends string,
  Names extends readonly string[],
  First,
> = Top extends `${string}\u0000${string}`
  ? Open
  : Top extends `*${string}`
    ? Open
    : Uppercase<Top> extends `${string}${' ' | '\u0001' | '\u0002'}AS${' ' | '\u0001'}${string}`
      ? Top extends `${string}${'\u0001' | '\u0002'}${string}`
        ? Aliased<OneBlank<Padded<Top, '', Fuel>>, Names>
        : Aliased<Top, Names>
      : Uppercase<Top> extends `${string} ${ClauseWord}${' ' | '\u0003' | '\u0001'}${string}`
        ? Last<Cut<Raw, Top, Names, First>>
        : Plain<Trim<Raw>, Top, Names, First>

type Padded<S extends string, Out extends string, F> = F extends `x${infer Less}`
  ? S extends `${infer A}\u0001${infer I}\u0001${infer B}`
    ? A extends `${infer A1}\u0002${infer J}\u0002${infer A2}`
      ? Padded<`${A2}\u0001${I}\u0001${B}`, `${Out}${A1} \u0002${J}\u0002 `, Less>
      : Padded<B, `${Out}${A} \u0001${I}\u0001 `, Less>
    : S extends `${infer A}\u0002${infer I}\u0002${infer B}`
      ? Padded<B, `${Out}${A} \u0002${I}\u0002 `, Less>
      : `${Out}${S}`
  : '\u0000'

type Aliased<Top extends string, Names extends readonly string[]> = Top extends `${infer E} AS ${infer N}`
  ? Alias<E, Trim<N>, Names>
  : Top extends `${infer E} as ${infer N}`
    ? Alias<E, Trim<N>, Names>
    : Top extends `${infer E} As ${infer N}`
      ? Alias<E, Trim<N>, Names>
      : Open

type Alias<E extends string, N extends string, Names extends readonly string[]> = E extends ''
  ? Open
  : Uppercase<` ${E} ` | ` ${N} `> extends infer U extends string
    ? AnyAs<U> extends true
      ? Open
      : N extends `\u0001${infer I}\u0001${infer More}`
        ? More extends '' | ' '
          ? Unescaped<NameAt<Names, I>>
          : Clause<Trim<More>> extends true
            ? Last<Unescaped<NameAt<Names, I>>>
            : Open
        : N extends `${infer Name} ${infer More}`
          ? Name extends `${string}${Edge}${string}`
            ? Open
            : Clause<More> extends true
              ? Last<Name>
              : Open
          : N extends `${string}${Edge}${string}` | `${string}${'\u0003' | '\u0004' | '\u0005'}${string}`
            ? Open
            : N
    : never
type AnyAs<U extends string> = true extends (U extends `${string} AS ${string}` ? true : false) ? true : false
type Clause<S extends string> =
  Uppercase<S> extends `${'ORDER BY' | 'GROUP BY' | 'SKIP' | 'LIMIT' | 'OFFSET'}${' ' | '\u0003' | '\u0001'}${string}`
    ? true
    : false

type Cut<
  Raw extends string,
  Top extends string,
  Names extends readonly string[],
  First,
> = Top extends `${infer E} ORDER BY ${string}`
  ? CutAt<Raw, E, 'ORDER', Names, First>
  : Top extends `${infer E} order by ${string}`
    ? CutAt<Raw, E, 'order', Names, First>
    : Top extends `${infer E} GROUP BY ${string}`
      ? CutAt<Raw, E, 'GROUP', Names, First>
      : Top extends `${infer E} SKIP ${string}`
        ? CutAt<Raw, E, 'SKIP', Names, First>
        : Top extends `${infer E} skip ${string}`
          ? CutAt<Raw, E, 'skip', Names, First>
          : Top extends `${infer E} OFFSET ${string}`
            ? CutAt<Raw, E, 'OFFSET', Names, First>
            : Top extends `${infer E} offset ${string}`
              ? CutAt<Raw, E, 'offset', Names, First>
              : Top extends `${infer E} LIMIT ${string}`
                ? CutAt<Raw, E, 'LIMIT', Names, First>
                : Top extends `${infer E} limit ${string}`
                  ? CutAt<Raw, E, 'limit', Names, First>
                  : Open

/** The key in front of a clause: certain where the word occurs once and an operand ends in front of it. */
/** Words that need another operand behind them. */
type Before =
  | 'AS'
  | 'NOT'
  | 'AND'
  | 'OR'
  | 'XOR'
  | 'IN'
  | 'IS'
  | 'CASE'
  | 'WHEN'
  | 'THEN'
  | 'ELSE'
  | 'CONTAINS'
  | 'DISTINCT'
  | 'ALL'
  | 'WITH'

type CutAt<Raw extends string, E extends string, W extends string, Names extends readonly string[], First> =
  Uppercase<E> extends `${string}${' '}${ClauseWord}${string}`
    ? Open
    : E extends `${string}${'=' | '<' | '>' | '+' | '-' | '*' | '/' | '%' | '^' | '|' | '&' | '!' | ':' | '.' | ','}`
      ? Open
      : Uppercase<` ${E}`> extends `${string} ${Before}`
        ? Open
        : Raw extends `${infer RE}${W}${infer Tail}`
          ? Tail extends `${string}${W}${string}`
            ? Open
            : Plain<Trim<RE>, TrimEnd<E>, Names, First>
          : Open

type Plain<Raw extends string, Top extends string, Names extends readonly string[], First> = First extends true
  ? Top extends `${'DISTINCT' | 'distinct' | 'Distinct'} ${infer T}`
    ? Raw extends `${'DISTINCT' | 'distinct' | 'Distinct'}${infer R}`
      ? Operand<T> extends true
        ? Text<TrimStart<R>, T, Names>
        : Open
      : Open
    : Uppercase<Top> extends `${'DISTINCT' | 'ALL'}${' ' | '\u0003' | '\u0004' | '\u0005' | '\u0001'}${string}`
      ? Open
      : Text<Raw, Top, Names>
  : Text<Raw, Top, Names>
type Operand<T extends string> = T extends `${Letter | Digit | '$' | '\u0001'}${string}` ? true : false

type Text<Raw extends string, Top extends string, Names extends readonly string[]> = Raw extends
  | ''
  | `${string}${'\f' | '\u0002x' | '\u0000' | ';'}${string}`
  ? Open
  : Raw extends `(${string}`
    ? Open
    : Top extends `${infer V}\u0005${' ' | ''}`
      ? TrimEnd<V> extends infer V2 extends string
        ? V2 extends ''
          ? Restored<Raw, Names, Fuel>
          : V2 extends `${string}${Edge | '\u0003' | '\u0004' | '\u0005'}${string}`
            ? V2 extends `${string} ${string}`
              ? Restored<Raw, Names, Fuel>
              : Open
            : Uppercase<V2> extends 'COUNT' | 'EXISTS' | 'COLLECT'
              ? Raw extends `${string}{${' ' | ''}${'(' | 'MATCH (' | 'UNWIND ['}${string}`
                ? Restored<Raw, Names, Fuel>
                : Open
              : V2
        : never
      : Raw extends `\u0001${infer I}\u0001`
        ? I extends `${string}\u0001${string}`
          ? Restored<Raw, Names, Fuel>
          : Unescaped<NameAt<Names, I>>
        : Restored<Raw, Names, Fuel>

/** Puts strings and backticked names back. */
type Restored<S extends string, Names extends readonly string[], F> = F extends `x${infer Less}`
  ? S extends `${infer A}\u0001${infer I}\u0001${infer B}`
    ? Restored<`${A}\`${NameAt<Names, I>}\`${B}`, Names, Less>
    : S extends `${infer A}\u0002${infer I}\u0002${infer B}`
      ? Restored<`${A}${NameAt<Names, I>}${B}`, Names, Less>
      : S
  : Open
