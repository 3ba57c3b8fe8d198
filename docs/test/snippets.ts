/**
 * The code in this repository's Markdown, as data: every fenced block of TypeScript or JavaScript with its place, and every
 * command of a block of shell. The tests compile and run it.
 */

/** A block of TypeScript or JavaScript. */
export interface Snippet {
  /** Document and first line, such as `README.md:12`. */
  readonly place: string
  /** The name of the file that it is written to. */
  readonly fileName: string
  /** The code, padded with empty lines so that its line numbers match the document. */
  readonly source: string
  /** A `fragment` is compiled only: it shows a part of a program. */
  readonly fragment: boolean
  /** The expected output lines, from the comments `// → text`, in order. */
  readonly prints: readonly string[]
  /** The expected HTTP responses on port 3000, from the comments `// GET /path → text`. */
  readonly answers: readonly { readonly path: string; readonly text: string }[]
}

/** A command of a block of shell. */
export interface ShellCommand {
  readonly place: string
  readonly words: readonly string[]
}

interface Fence {
  readonly language: string
  readonly notes: readonly string[]
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly code: string
}

const OPENING = /^```(\w+)(.*)$/
const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['ts', 'ts'],
  ['js', 'mjs'],
  ['mjs', 'mjs'],
])

/** The blocks of TypeScript and JavaScript in a document. */
export function snippetsOf(document: string, markdown: string): Snippet[] {
  return fencesOf(markdown).flatMap(({ language, notes, line, code }) => {
    const ending = SCRIPTS.get(language)
    if (ending === undefined) return []
    const unknown = notes.filter((note) => note !== 'fragment')
    if (unknown.length > 0)
      throw new Error(`${document}:${line} is marked ${unknown.join(' ')}; the only mark is fragment`)
    return {
      place: `${document}:${line}`,
      fileName: `${document.replace(/\.md$/, '').replaceAll('/', '-')}-${line}.${ending}`,
      source: '\n'.repeat(line - 1) + code,
      fragment: notes.includes('fragment'),
      prints: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text = '']) => text),
      answers: [...code.matchAll(/\/\/ GET (\S+) → (.*)$/gm)].map(([, path = '', text = '']) => ({ path, text })),
    }
  })
}

/** The commands in a document's blocks of shell, and those of npm in its text; a `#` starts a comment. */
export function commandsOf(document: string, markdown: string): ShellCommand[] {
  const inBlocks = fencesOf(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, code }) => code.split('\n').map((text, at) => ({ text, line: line + at })))
  const inText = markdown
    .split('\n')
    .flatMap((text, at) =>
      [...text.matchAll(/`(np[mx] [^`]+)`/g)].map(([, code = '']) => ({ text: code, line: at + 1 })),
    )
  return [...inBlocks, ...inText].flatMap(({ text, line }) =>
    text
      .replace(/(^|\s)#.*$/, '')
      .split('&&')
      .map((command) => command.trim().split(/\s+/))
      .filter(([first]) => first !== '')
      .map((words) => ({ place: `${document}:${line}`, words })),
  )
}

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  let open: Omit<Fence, 'code'> | undefined
  let code: string[] = []
  markdown.split('\n').forEach((text, at) => {
    if (open !== undefined && text === '```') {
      fences.push({ ...open, code: `${code.join('\n')}\n` })
      open = undefined
    } else if (open !== undefined) {
      code.push(text)
    } else {
      const [, language, notes = ''] = OPENING.exec(text) ?? []
      if (language === undefined) return
      open = { language, notes: notes.split(/\s+/).filter((note) => note !== ''), line: at + 2 }
      code = []
    }
  })
  if (open !== undefined) throw new Error(`the block that begins at line ${open.line} has no end`)
  return fences
}
