/**
 * Replaces what a reader must not look into: a string by its index between U+0002, a backticked name by its index between U+0001, a
 * comment by a form feed. The first 64 texts are kept by index; the contents of later strings are dropped, because tuples that grow
 * further take the compiler quadratic time.
 */

import type { Exotic, Fuel, Open, TrimEnd } from './text.ts'

type M1<S extends string> = S extends `${infer A}'${string}` ? A : S
type M2<S extends string> = S extends `${infer A}"${string}` ? A : S
type M3<S extends string> = S extends `${infer A}\`${string}` ? A : S
type M4<S extends string> = S extends `${infer A}//${string}` ? A : S
type M5<S extends string> = S extends `${infer A}/*${string}` ? A : S
type UpToQuoted<S extends string> = M5<M4<M3<M2<M1<S>>>>>

interface More<S extends string, Out extends string, N extends readonly string[]> {
  s: S
  out: Out
  names: N
}
export interface Masked<T extends string, N extends readonly string[]> {
  text: T
  names: N
}

type MaskStep<S extends string, Out extends string, N extends readonly string[], F> = F extends `x${infer Less}`
  ? UpToQuoted<S> extends infer P extends string
    ? S extends P
      ? Masked<`${Out}${S}`, N>
      : S extends `${P}${infer R}`
        ? R extends `'${infer Q}`
          ? AfterSingle<Q, Fuel> extends infer T extends string
            ? Kept<R, T, `${Out}${P}`, N, Less>
            : Open
          : R extends `"${infer Q}`
            ? AfterDouble<Q, Fuel> extends infer T extends string
              ? Kept<R, T, `${Out}${P}`, N, Less>
              : Open
            : R extends `//${infer Q}`
              ? MaskStep<AfterLine<Q>, `${Out}${P}\f`, N, Less>
              : R extends `/*${infer Q}`
                ? Q extends `${string}*/${infer T}`
                  ? MaskStep<T, `${Out}${P}\f`, N, Less>
                  : Open
                : R extends `\`${infer Q}`
                  ? N[63] extends string
                    ? Open
                    : Backticked<Q, '', Fuel> extends [infer Name extends string, infer T extends string]
                      ? MaskStep<T, `${Out}${P}\u0001${N['length']}\u0001`, [...N, Name], Less>
                      : Open
                  : Open
        : Open
    : Open
  : More<S, Out, N>

type Kept<
  R extends string,
  T extends string,
  Out extends string,
  N extends readonly string[],
  Less,
> = N[31] extends string
  ? MaskStep<T, `${Out}\u0002x\u0002`, N, Less>
  : R extends `${infer Text}${T}`
    ? MaskStep<T, `${Out}\u0002${N['length']}\u0002`, [...N, Text], Less>
    : Open

type AfterSingle<S extends string, F> = F extends `x${infer Less}`
  ? S extends `${infer A}'${infer R}`
    ? A extends `${string}\\${string}`
      ? S extends `${string}\\${infer Y}`
        ? AfterSingle<Z1<Y>, Less>
        : Open
      : R
    : Open
  : Open
type AfterDouble<S extends string, F> = F extends `x${infer Less}`
  ? S extends `${infer A}"${infer R}`
    ? A extends `${string}\\${string}`
      ? S extends `${string}\\${infer Y}`
        ? AfterDouble<Z1<Y>, Less>
        : Open
      : R
    : Open
  : Open
/** Without its first character. */
type Z1<S extends string> = S extends `${infer _}${infer R}` ? R : S
type L1<S extends string> = S extends `${infer A}\n${string}` ? A : S
type L2<S extends string> = S extends `${infer A}\r${string}` ? A : S
type AfterLine<S extends string> =
  L2<L1<S>> extends infer A extends string ? (S extends `${A}${infer R}` ? R : '') : never
type Backticked<S extends string, Name extends string, F> = F extends `x${infer Less}`
  ? S extends `${infer A}\`${infer R}`
    ? R extends `\`${infer R2}`
      ? Backticked<R2, `${Name}${A}\`\``, Less>
      : [`${Name}${A}`, R]
    : Open
  : Open

type MaskAll<S extends string, Out extends string, N extends readonly string[], F> = F extends `x${infer Less}`
  ? MaskStep<S, Out, N, Fuel> extends infer X
    ? X extends More<infer S2, infer O2, infer N2>
      ? MaskAll<S2, O2, N2, Less>
      : X
    : never
  : Open

/** Characters that the readers use as markers, and escapes that Neo4j decodes anywhere, even inside of a keyword. */
type Reserved = '\u0000' | '\u0001' | '\u0002' | '\u0003' | '\u0004' | '\u0005' | '\f' | '\\u' | '\\U'

/** The masked text of a query, without a semicolon at its end. */
export type Mask<S extends string> = S extends `${string}${Reserved}${string}`
  ? Open
  : (
        S extends `${string}${"'" | '"' | '`' | '//' | '/*'}${string}`
          ? MaskAll<S, '', [], Fuel>
          : Masked<S, []>
      ) extends infer X
    ? X extends Masked<infer T, infer N>
      ? T extends `${string}${Exotic}${string}`
        ? Open
        : Masked<Unterminated<T>, N>
      : Open
    : never

type Unterminated<T extends string> = TrimEnd<T> extends `${infer X};` ? X : T

/** The kept text with an index. */
export type NameAt<N extends readonly string[], I extends string> = I extends `${infer K extends number}` ? N[K] : never
/** A backticked name without the doubling of its backticks. */
export type Unescaped<S extends string> = S extends `${infer A}\`\`${infer B}` ? `${A}\`${Unescaped<B>}` : S
