import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TokenKind, tokenize } from './tokenizer.ts'

/** The tokens of a text other than white space, as `kind:text`. */
function tokensOf(text: string): string[] {
  return tokenize(text)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`)
}

const single: readonly (readonly [kind: TokenKind, ...texts: string[]])[] = [
  ['space', ' ', '\t\r\n', '\u001c', '\u00a0\u2003\u3000\ufeff', '\u0085\u180e'],
  ['comment', '//', '// to the end', '/* a\nb */', '/**/', '/* not closed', '/*/'],
  ['string', "'a'", '"a"', "''", "'it\\'s'", '"\\\\"', "'a\nb'", "'// no comment'", "'\"'", "'open", "'open\\"],
  ['number', '0', '36', '1_000', '1.5', '.5', '1e5', '1E+5', '1.5e-3', '.5e-3', '0xFF', '0xFFe', '0o17', '12abc'],
  ['name', 'MATCH', '_x', 'a1', 'größe', 'Жанр', '名前', 'a\u0301', '\u{20bb7}', 'a\u{1d7d8}', 'x$y', '‿'],
  ['quotedName', '`a b`', '``', '`a``b`', "`it's`", '`open'],
  ['parameter', '$x', '$0', '$x1', '$größe', '$`x y`', '$`a``b`', '$1a'],
  ['symbol', '(', '<=', '>=', '<>', '=~', '+=', '||', '::', '..', '.', '$', '§', '\u{1f600}', '\u0000'],
]

describe('tokenize', () => {
  for (const [kind, ...texts] of single) {
    it.each(texts)(`takes %j for one token of the kind ${kind}`, (text) => {
      expect(tokenize(text)).toEqual([{ kind, start: 0, end: text.length }])
    })
  }

  it('ends a line comment before the line break, whatever the kind of break', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      expect(tokensOf(`// a${end}b`)).toEqual(['comment:// a', 'name:b'])
    }
  })

  it('tells a fraction from the range of a path and from a property', () => {
    expect(tokensOf('*1..3')).toEqual(['symbol:*', 'number:1', 'symbol:..', 'number:3'])
    expect(tokensOf('*..5')).toEqual(['symbol:*', 'symbol:..', 'number:5'])
    expect(tokensOf('n.5')).toEqual(['name:n', 'symbol:.', 'number:5'])
    expect(tokensOf('`n`.5')).toEqual(['quotedName:`n`', 'symbol:.', 'number:5'])
    expect(tokensOf('[.5]')).toEqual(['symbol:[', 'number:.5', 'symbol:]'])
    expect(tokensOf('1.x')).toEqual(['number:1', 'symbol:.', 'name:x'])
  })

  it('takes a sign for a part of a number only in the exponent of a decimal number', () => {
    expect(tokensOf('1e-5-2')).toEqual(['number:1e-5', 'symbol:-', 'number:2'])
    expect(tokensOf('0xFe-1')).toEqual(['number:0xFe', 'symbol:-', 'number:1'])
    expect(tokensOf('1e-x')).toEqual(['number:1e', 'symbol:-', 'name:x'])
    expect(tokensOf('e-1')).toEqual(['name:e', 'symbol:-', 'number:1'])
  })

  it('takes what looks like a token inside of strings, comments and backticks for their content', () => {
    expect(tokensOf("'$x /*' + \"'\"")).toEqual(["string:'$x /*'", 'symbol:+', 'string:"\'"'])
    expect(tokensOf("/* 'a */ `'` // `")).toEqual(["comment:/* 'a */", "quotedName:`'`", 'comment:// `'])
  })

  it('splits arrows into their characters', () => {
    expect(tokensOf('(a)<-[:R]-(b)-->()').join(' ')).toBe(
      'symbol:( name:a symbol:) symbol:< symbol:- symbol:[ symbol:: name:R symbol:] symbol:- symbol:( name:b symbol:) symbol:- symbol:- symbol:> symbol:( symbol:)',
    )
  })

  it('covers every text without gaps and without empty tokens', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '/',
      '*',
      '//',
      '/*',
      '*/',
      '$',
      '.',
      '1',
      'e-',
      'x',
      '\n',
      '\ud83d',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.array(piece).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (given) => {
        const tokens = tokenize(given)
        expect(tokens.map(({ start, end }) => given.slice(start, end)).join('')).toBe(given)
        expect(tokens.every(({ start, end }) => end > start)).toBe(true)
      }),
    )
  })
})
