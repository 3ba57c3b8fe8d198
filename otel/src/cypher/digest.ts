import { hasParameters, maskCypher } from './mask.ts'
import { summarizeCypher } from './summary.ts'

/** The text and summary of a query that telemetry shows. Null: not shown. */
export interface QueryDigest {
  readonly text: string | null
  readonly summary: string | null
}

/** The application's own functions for them; see `BoltlineInstrumentationOptions`. */
export interface DigestOptions {
  readonly summarizer: ((text: string) => string | undefined) | undefined
  readonly sanitizer: ((text: string) => string | undefined) | undefined
}

/** Maximum length of a query text on a span, in characters. */
const LONGEST_TEXT = 4096
/** Size of each of the two generations of the cache, in texts. */
const MOST_REMEMBERED = 500
/** Longer texts are not cached. */
const LONGEST_REMEMBERED = 16_384

/** Digests query texts, with a cache of the last 500 to 1000 texts. */
export class Digests {
  readonly #options: DigestOptions
  #recent = new Map<string, QueryDigest>()
  #older = new Map<string, QueryDigest>()

  constructor(options: DigestOptions) {
    this.#options = options
  }

  of(text: string): QueryDigest {
    const known = this.#recent.get(text)
    if (known !== undefined) return known
    const digest = this.#older.get(text) ?? this.#make(text)
    if (text.length > LONGEST_REMEMBERED) return digest
    if (this.#recent.size >= MOST_REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(text, digest)
    return digest
  }

  #make(text: string): QueryDigest {
    const { summarizer, sanitizer } = this.#options
    const shown = sanitizer === undefined ? shownText(text) : sanitizer(text)
    const summary = summarizer?.(text) ?? summarizeCypher(text)
    return { text: shown === undefined ? null : shown.slice(0, LONGEST_TEXT), summary: summary === '' ? null : summary }
  }
}

/** The text itself if it takes its values from parameters, otherwise the text with its literals masked. */
function shownText(text: string): string {
  return hasParameters(text) ? text : maskCypher(text)
}
