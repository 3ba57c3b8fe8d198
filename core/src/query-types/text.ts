/**
 * Types that read a query's text: what all readers share.
 *
 * Every reader jumps from delimiter to delimiter instead of walking along the characters, and gives up with {@link Open} as soon as the
 * text is not certain: valid Cypher must never be rejected. Each loop owns fuel, a literal of 64 characters, and outer loops restart
 * inner ones, so that no text reaches the compiler's limits of depth and of tail calls.
 */

/** The result of a reader that can't be certain of the text. */
export interface Open {
  readonly 'not certain from the text': true
}

export type Fuel = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'

/** White space between tokens; a comment is masked as a form feed. */
export type Space = ' ' | '\n' | '\t' | '\r' | '\f'
/** Characters that end an identifier. */
export type Edge =
  | Space
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | ':'
  | '='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '<'
  | '>'
  | '|'
  | '!'
  | '&'
  | '.'
  | ';'
  | '~'
  | '?'
  | '@'
  | '#'
  | '\\'
  | '\u0001'
  | '\u0002'
/** Characters outside of ASCII that Neo4j reads as white space, dash or bracket. */
export type Exotic =
  | '\v'
  | '\x1c'
  | '\x1d'
  | '\x1e'
  | '\x1f'
  | '\x85'
  | '\xa0'
  | '\xad'
  | '\u1680'
  | '\u180e'
  | '\u2000'
  | '\u2001'
  | '\u2002'
  | '\u2003'
  | '\u2004'
  | '\u2005'
  | '\u2006'
  | '\u2007'
  | '\u2008'
  | '\u2009'
  | '\u200a'
  | '\u2010'
  | '\u2011'
  | '\u2012'
  | '\u2013'
  | '\u2014'
  | '\u2015'
  | '\u2028'
  | '\u2029'
  | '\u202f'
  | '\u205f'
  | '\u2212'
  | '\u27e8'
  | '\u27e9'
  | '\u3000'
  | '\u3008'
  | '\u3009'
  | '\ufe58'
  | '\ufe63'
  | '\ufe64'
  | '\ufe65'
  | '\uff0d'
  | '\uff1c'
  | '\uff1e'
  | '\ufeff'

/** Markers that replace a bracket and what it encloses. */
export type Bracket = '\u0003' | '\u0004' | '\u0005'

export type Letter =
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | 'e'
  | 'f'
  | 'g'
  | 'h'
  | 'i'
  | 'j'
  | 'k'
  | 'l'
  | 'm'
  | 'n'
  | 'o'
  | 'p'
  | 'q'
  | 'r'
  | 's'
  | 't'
  | 'u'
  | 'v'
  | 'w'
  | 'x'
  | 'y'
  | 'z'
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'
  | 'O'
  | 'P'
  | 'Q'
  | 'R'
  | 'S'
  | 'T'
  | 'U'
  | 'V'
  | 'W'
  | 'X'
  | 'Y'
  | 'Z'
  | '_'
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

export type TrimStart<S extends string> = S extends `${Space}${string}` ? TrimStartSlow<S, Fuel> : S
type TrimStartSlow<S extends string, F> = F extends `x${infer Less}`
  ? S extends `    ${infer R}`
    ? TrimStartSlow<R, Less>
    : S extends ` ${infer R}`
      ? TrimStartSlow<R, Less>
      : S extends `\n${infer R}`
        ? TrimStartSlow<R, Less>
        : S extends `\t${infer R}`
          ? TrimStartSlow<R, Less>
          : S extends `\r${infer R}`
            ? TrimStartSlow<R, Less>
            : S extends `\f${infer R}`
              ? TrimStartSlow<R, Less>
              : S
  : '\u0000'
export type TrimEnd<S extends string> = S extends `${string}${Space}` ? TrimEndSlow<S, Fuel> : S
type TrimEndSlow<S extends string, F> = F extends `x${infer Less}`
  ? S extends `${infer R}\n  `
    ? TrimEndSlow<R, Less>
    : S extends `${infer R}    `
      ? TrimEndSlow<R, Less>
      : S extends `${infer R} `
        ? TrimEndSlow<R, Less>
        : S extends `${infer R}\n`
          ? TrimEndSlow<R, Less>
          : S extends `${infer R}\t`
            ? TrimEndSlow<R, Less>
            : S extends `${infer R}\r`
              ? TrimEndSlow<R, Less>
              : S extends `${infer R}\f`
                ? TrimEndSlow<R, Less>
                : S
  : '\u0000'
export type Trim<S extends string> = TrimStart<TrimEnd<S>>
/** Every run of white space as one blank. */
export type OneBlank<S extends string> = S extends `${string}${'\n' | '\t' | '\r' | '\f' | '  '}${string}`
  ? Blanks<S, '', Fuel>
  : S
type W1<S extends string> = S extends `${infer A}\n${string}` ? A : S
type W2<S extends string> = S extends `${infer A}\t${string}` ? A : S
type W3<S extends string> = S extends `${infer A}\r${string}` ? A : S
type W4<S extends string> = S extends `${infer A}\f${string}` ? A : S
type W5<S extends string> = S extends `${infer A} ${string}` ? A : S
type Blanks<S extends string, Out extends string, F> = F extends `x${infer Less}`
  ? W5<W4<W3<W2<W1<S>>>>> extends infer P extends string
    ? S extends P
      ? `${Out}${S}`
      : S extends `${P}${infer R}`
        ? Blanks<TrimStart<R>, `${Out}${P} `, Less>
        : never
    : never
  : '\u0000'

/** Whether a type is one literal text: neither `string` nor a union nor a pattern. */
export type IsLiteral<Q> = [Q] extends [never]
  ? false
  : string extends Q
    ? false
    : // biome-ignore lint/complexity/noBannedTypes: a pattern such as `a${string}` is an optional key, a literal is a required one
      {} extends Record<Q & string, 1>
      ? false
      : IsUnion<Q> extends true
        ? false
        : true
export type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never
