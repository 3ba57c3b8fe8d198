/** Reads the names of the parameters that a query demands. */

import type { Mask, Masked, NameAt, Unescaped } from './mask.ts'
import type { Edge, Fuel, IsLiteral, Open, TrimStart } from './text.ts'

type N1<S extends string> = S extends `${infer A} ${string}` ? A : S
type N2<S extends string> = S extends `${infer A})${string}` ? A : S
type N3<S extends string> = S extends `${infer A},${string}` ? A : S
type N4<S extends string> = S extends `${infer A}}${string}` ? A : S
type N5<S extends string> = S extends `${infer A}\n${string}` ? A : S
type UpToStop<S extends string> = N5<N4<N3<N2<N1<S>>>>>

interface MoreParams<S extends string, Acc> {
  s: S
  acc: Acc
}
export interface Params<Acc> {
  names: Acc
}

type ParamStep<S extends string, First, Names extends readonly string[], Acc, F> = F extends `x${infer Less}`
  ? S extends `${infer A}$${infer R}`
    ? A extends ''
      ? First extends true
        ? ParamName<TrimStart<R>, Names, Acc, Less>
        : ParamStep<R, false, Names, Acc, Less>
      : A extends `${string}${Edge}`
        ? ParamName<TrimStart<R>, Names, Acc, Less>
        : ParamStep<R, false, Names, Acc, Less>
    : Params<Acc>
  : MoreParams<S, Acc>

type ParamName<
  R extends string,
  Names extends readonly string[],
  Acc,
  Less,
> = R extends `\u0001${infer I}\u0001${infer T}`
  ? ParamStep<T, false, Names, Acc | Unescaped<NameAt<Names, I>>, Less>
  : R extends `(${string}`
    ? ParamStep<R, false, Names, Acc, Less>
    : UpToStop<R> extends infer P extends string
      ? P extends `${string}${Edge}${string}`
        ? Identifier<R, '', Fuel> extends infer Q extends string
          ? Named<Q, R, Names, Acc, Less>
          : Open
        : Named<P, R, Names, Acc, Less>
      : never

type Named<P extends string, R extends string, Names extends readonly string[], Acc, Less> = P extends ''
  ? Open
  : R extends `${P}${infer T}`
    ? P extends 'any' | 'all' | 'ANY' | 'ALL' | 'Any' | 'All'
      ? TrimStart<T> extends `(${string}`
        ? ParamStep<T, false, Names, Acc, Less>
        : ParamStep<T, false, Names, Acc | P, Less>
      : ParamStep<T, false, Names, Acc | P, Less>
    : never

type Identifier<S extends string, Acc extends string, F> = S extends `${infer C}${infer T}`
  ? C extends Edge
    ? Acc
    : F extends `x${infer Less}`
      ? Identifier<T, `${Acc}${C}`, Less>
      : Open
  : Acc

type ParamAll<S extends string, First, Names extends readonly string[], Acc, F> = F extends `x${infer Less}`
  ? ParamStep<S, First, Names, Acc, Fuel> extends infer X
    ? X extends MoreParams<infer S2, infer A2>
      ? ParamAll<S2, false, Names, A2, Less>
      : X
    : never
  : Open

type ParamsIn<M> =
  M extends Masked<infer T, infer N>
    ? Uppercase<T> extends infer U extends string
      ? U extends `${string}EXPLAIN${string}`
        ? Open
        : U extends `${string}${'RETURN' | 'CREATE' | 'MATCH' | 'MERGE' | 'DELETE' | 'CALL' | 'UNWIND' | 'SHOW' | 'ALTER' | 'DROP' | 'INSERT' | 'FOREACH' | 'FINISH' | 'GRANT' | 'DENY' | 'TERMINATE'}${string}`
          ? T extends `${string}$${string}`
            ? ParamAll<T, true, N, never, Fuel>
            : Params<never>
          : Open
      : never
    : Open

/** The parameters of a query as `Params<names>`, or Open. */
export type ReadParameters<Q extends string> = IsLiteral<Q> extends true ? ParamsIn<Mask<Q>> : Open
