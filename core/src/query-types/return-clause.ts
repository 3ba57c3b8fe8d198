/**
 * Finds the clause RETURN that gives a query its columns.
 *
 * All keywords are legal names, so a text may contain `return` as a variable, label or key. A variable is bound somewhere: where a
 * RETURN may be the binding of a variable, the text is open. All other words are the clause, and the last one outside of brackets counts.
 */

import type { Digit, Edge, Letter, Open, Space, TrimEnd, TrimStart } from './text.ts'

type R1<S extends string> = S extends `${infer A}RETURN${string}` ? A : S
type R2<S extends string> = S extends `${infer A}return${string}` ? A : S
type R3<S extends string> = S extends `${infer A}Return${string}` ? A : S
type UpToReturn<S extends string> = R3<R2<R1<S>>>

/** The texts behind each clause RETURN, the last one first. */
export type Tails<S extends string, First, Acc extends readonly string[], F> = F extends `x${infer Less}`
  ? UpToReturn<S> extends infer P extends string
    ? S extends P
      ? Uppercase<P> extends `${string}RETURN${string}`
        ? Open
        : Acc
      : S extends `${P}${infer R0}`
        ? Uppercase<P> extends `${string}RETURN${string}`
          ? Open
          : R0 extends `${'RETURN' | 'return' | 'Return'}${string}`
            ? Sixth<R0> extends infer R extends string
              ? Word<P, R, First> extends infer W
                ? W extends 'clause'
                  ? Tails<R, false, [R, ...Acc], Less>
                  : W extends 'name'
                    ? Tails<R, 'name', Acc, Less>
                    : Open
                : never
              : never
            : never
        : never
    : never
  : Open
type Sixth<S extends string> = S extends `RETURN${infer R}`
  ? R
  : S extends `return${infer R}`
    ? R
    : S extends `Return${infer R}`
      ? R
      : never

/**
 * Whether RETURN between two texts is the clause, part of another name (a label, key, property or parameter), or perhaps a variable. Every
 * variable is bound somewhere: behind AS, YIELD or FOR, behind a bracket or comma, or in front of an equals sign.
 */
export type Word<P extends string, R extends string, First> = R extends `${Letter | Digit | '$'}${string}`
  ? 'name'
  : P extends ''
    ? First extends true
      ? After<R>
      : 'unsure'
    : P extends `${string}${Letter}`
      ? 'name'
      : TrimEnd<P> extends infer E extends string
        ? E extends `${string}${':' | '.' | '$'}`
          ? 'name'
          : E extends `${string}${',' | '{'}`
            ? TrimStart<R> extends `:${string}`
              ? 'name'
              : E extends `${string}{`
                ? After<R>
                : 'unsure'
            : E extends ''
              ? First extends false
                ? 'unsure'
                : After<R>
              : E extends `${string}${'(' | '['}`
                ? 'unsure'
                : P extends `${string}${Edge}`
                  ? Uppercase<E> extends `${string}${Binding}`
                    ? Uppercase<E> extends
                        | `${string}${Space | ')' | ']' | '}' | '\u0001' | '\u0002'}${Binding}`
                        | Binding
                      ? 'unsure'
                      : After<R>
                    : After<R>
                  : 'unsure'
        : never
type Binding = 'AS' | 'YIELD' | 'FOR'
type After<R extends string> = R extends `${'(' | '[' | '{' | '\u0001' | '\u0002' | '-' | '*'}${string}`
  ? 'clause'
  : R extends `${Space}${string}`
    ? TrimStart<R> extends infer T extends string
      ? T extends
          | ''
          | `${',' | ')' | ']' | '}' | '=' | '<' | '>' | '.' | ':' | '|' | '/' | '%' | '^' | '+' | '&' | '!' | ';' | '~'}${string}`
        ? 'unsure'
        : 'clause'
      : never
    : 'unsure'
