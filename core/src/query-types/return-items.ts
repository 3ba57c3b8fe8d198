/** Splits the list behind RETURN at its commas. Each item is kept as it stands, and with markers in place of its brackets. */

import type { Fuel, Open } from './text.ts'

type K1<S extends string> = S extends `${infer A}(${string}` ? A : S
type K2<S extends string> = S extends `${infer A})${string}` ? A : S
type K3<S extends string> = S extends `${infer A}[${string}` ? A : S
type K4<S extends string> = S extends `${infer A}]${string}` ? A : S
type K5<S extends string> = S extends `${infer A}{${string}` ? A : S
type K6<S extends string> = S extends `${infer A}}${string}` ? A : S
type K7<S extends string> = S extends `${infer A},${string}` ? A : S
type UpToBracket<S extends string> = K6<K5<K4<K3<K2<K1<S>>>>>>

export interface Item {
  raw: string
  top: string
}
interface MoreItems<
  S extends string,
  D extends string,
  Raw extends string,
  Top extends string,
  Items extends readonly Item[],
> {
  s: S
  d: D
  raw: Raw
  top: Top
  items: Items
}

/** `All` is false where the text has no other brackets than round ones. */
type Until<S extends string, All> = All extends true ? UpToBracket<S> : K2<K1<S>>

type Split<
  All,
  S extends string,
  D extends string,
  Raw extends string,
  Top extends string,
  Items extends readonly Item[],
  F,
> = F extends `x${infer Less}`
  ? D extends ''
    ? K7<Until<S, All>> extends infer P extends string
      ? S extends P
        ? [...Items, { raw: `${Raw}${S}`; top: `${Top}${S}` }]
        : S extends `${P}${infer R0}`
          ? R0 extends `,${infer R}`
            ? Items['length'] extends 100
              ? Open
              : Split<All, R, '', '', '', [...Items, { raw: `${Raw}${P}`; top: `${Top}${P}` }], Less>
            : R0 extends `(${infer R}`
              ? Split<All, R, 'x', `${Raw}${P}(`, `${Top}${P}\u0003 `, Items, Less>
              : R0 extends `[${infer R}`
                ? Split<All, R, 'x', `${Raw}${P}[`, `${Top}${P}\u0004 `, Items, Less>
                : R0 extends `{${infer R}`
                  ? Split<All, R, 'x', `${Raw}${P}{`, `${Top}${P}\u0005 `, Items, Less>
                  : 'closer'
          : never
      : never
    : Until<S, All> extends infer P extends string
      ? S extends P
        ? Open
        : S extends `${P}${infer R0}`
          ? R0 extends `(${infer R}`
            ? Split<All, R, `${D}x`, `${Raw}${P}(`, Top, Items, Less>
            : R0 extends `[${infer R}`
              ? Split<All, R, `${D}x`, `${Raw}${P}[`, Top, Items, Less>
              : R0 extends `{${infer R}`
                ? Split<All, R, `${D}x`, `${Raw}${P}{`, Top, Items, Less>
                : D extends `x${infer Up}`
                  ? R0 extends `)${infer R}`
                    ? Split<All, R, Up, `${Raw}${P})`, Top, Items, Less>
                    : R0 extends `]${infer R}`
                      ? Split<All, R, Up, `${Raw}${P}]`, Top, Items, Less>
                      : R0 extends `}${infer R}`
                        ? Split<All, R, Up, `${Raw}${P}}`, Top, Items, Less>
                        : never
                  : never
          : never
      : never
  : MoreItems<S, D, Raw, Top, Items>

type SplitAll<
  All,
  S extends string,
  D extends string,
  Raw extends string,
  Top extends string,
  Items extends readonly Item[],
  F,
> = F extends `x${infer Less}`
  ? Split<All, S, D, Raw, Top, Items, Fuel> extends infer X
    ? X extends MoreItems<infer S2, infer D2, infer A, infer B, infer I>
      ? SplitAll<All, S2, D2, A, B, I, Less>
      : X
    : never
  : Open
/** The items, `'closer'` where the list ends in a bracket that was opened in front of RETURN, or Open. */
export type SplitTail<S extends string> = SplitAll<
  S extends `${string}${'[' | '{' | ']' | '}'}${string}` ? true : false,
  S,
  '',
  '',
  '',
  [],
  Fuel
>
