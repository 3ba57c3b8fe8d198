/** The types of calls that take a query and its parameters: what the text demands, where it says so for certain. */

import type { Query } from '../values/query.ts'
import type { ColumnsOf, ParametersOf } from './index.ts'
import type { IsUnion } from './text.ts'

/** True for `any` alone. */
export type IsAny<T> = 0 extends 1 & T ? true : false
type IsObject<T> = (<X>() => X extends T ? 1 : 2) extends <X>() => X extends object ? 1 : 2 ? true : false

/** The default of the type parameter for the row: the caller passed no row type, so that the text says what it can. */
export interface NotPassed {
  readonly 'no row type was passed': true
}

/** The row that a text describes: its columns as keys, or `any` where the text doesn't name them for certain. */
export type TextRow<Text extends string> =
  string extends ColumnsOf<Text>
    ? // biome-ignore lint/suspicious/noExplicitAny: fields of an unknown row are read without casts
      any
    : // biome-ignore lint/suspicious/noExplicitAny: a text names columns, not the types of their values
      { [Name in ColumnsOf<Text>]: any }

/** The row of a call's result: the caller's type, or else that of the text. */
export type RowFor<Row, Text extends string> = [Row] extends [NotPassed] ? TextRow<Text> : Row

/** The query argument of a call without parameters: a text that demands some is refused, and the error names them. */
export type QueryAlone<Text extends string> = Complete<Text, ParametersOf<Text>>

type Complete<T extends string, Names extends string> = [Names] extends [never]
  ? T | Query<T>
  : string extends Names
    ? T | Query<T>
    : (T & { readonly missing: `$${Names}` }) | Query<T & { readonly missing: `$${Names}` }>

/** The default of the type parameter for parameters, which stays in place where the caller passes a row type. */
export interface NotInferred {
  readonly 'not inferred': true
}

/** The parameters of a query that demands none. Objects may have other properties where they are not written in the call itself. */
export interface NoParameters {
  readonly [none]?: never
  readonly [key: symbol]: unknown
}
declare const none: unique symbol

/**
 * The parameters argument of a call. An object that is written in the call must have exactly the names in the text; other objects must have
 * them at least. Accepts what says nothing about names: `any`, index signatures, `object`, Maps and unions.
 */
export type ParametersFor<Text extends string, P> = IsAny<P> extends true ? P : Fitting<ParametersOf<Text>, P>

type Given<P> = [P] extends [NotInferred] ? object | null | undefined : P

type Fitting<Names extends string, P> = string extends Names
  ? Given<P>
  : [P] extends [NotInferred]
    ? P
    : [P] extends [null | undefined]
      ? [Names] extends [never]
        ? P
        : Demanded<Names, P>
      : IsUnion<P> extends true
        ? P
        : string extends keyof P
          ? P
          : IsObject<P> extends true
            ? P
            : // biome-ignore lint/suspicious/noExplicitAny: a Map of any types
              P extends ReadonlyMap<any, any>
              ? P
              : [Names] extends [never]
                ? // An interface has no implicit index signature: an object of such a type is not written in the call.
                  [P] extends [{ readonly [key: symbol]: unknown }]
                  ? NoParameters
                  : P
                : Demanded<Names, P>

/** Optional properties of the argument satisfy the text: whether they are present is known at run time only. */
type Demanded<Names extends string, P> = [OptionalIn<P> & Names] extends [never]
  ? { readonly [Name in Names]: unknown }
  : { readonly [Name in Exclude<Names, OptionalIn<P>>]: unknown } & { readonly [Name in Names]?: unknown }
// biome-ignore lint/complexity/noBannedTypes: `{}` is assignable to a property's type only if the property is optional
type OptionalIn<P> = { [K in keyof P]-?: {} extends Pick<P, K> ? K : never }[keyof P]
